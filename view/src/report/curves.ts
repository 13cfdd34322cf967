// The course of the training: small charts with one common cursor.

import { h } from "../dom";
import { shown } from "../numbers";
import { number } from "../payload";
import type { Chart, Plot } from "./chart";
import { chart } from "./chart";
import type { JsonNumber, Report } from "./payload";
import { duration, many, ratio } from "./words";

export function curves(report: Report): HTMLElement | null {
  const found = report.curves;
  const last = found.at.length - 1;
  if (last < 0) return null;
  const kept = Math.max(0, found.at.indexOf(found.kept_epoch));
  const charts: Chart[] = [];
  const output = h("output", { for: "epoch" });
  const slider = h("input", {
    type: "range",
    id: "epoch",
    min: 0,
    max: last,
    step: 1,
    input: () => choose(Number(slider.value)),
  });
  const choose = (place: number) => {
    slider.value = String(place);
    const epoch = found.at[place]!;
    const marks = [
      epoch === found.kept_epoch && "kept",
      epoch === found.best_epoch && `lowest ${found.best_by}`,
    ].filter(Boolean);
    output.textContent = `${epoch} of ${found.epochs}${marks.length ? `, ${marks.join(", ")}` : ""}`;
    slider.setAttribute("aria-valuetext", sliderText(report, place));
    for (const one of charts) one.show(place);
  };
  for (const plot of plots(report)) charts.push(chart(plot, choose));
  choose(kept);
  return h(
    "section",
    { id: "training", "aria-labelledby": "training-title" },
    h("h2", { id: "training-title" }, "How training went"),
    h("p", {}, lead(report)),
    report.diagnosis.map((one) => h("p", { class: "diagnosis" }, one.sentence)),
    h(
      "div",
      { class: "epoch" },
      h("label", { for: "epoch" }, found.unit),
      slider,
      output,
      h("button", { type: "button", click: () => choose(kept) }, `go to kept ${found.unit}`),
    ),
    h("div", { class: "charts" }, charts.map((one) => one.element)),
    table(report),
  );
}

/** How long training took, and the figures of the kept epoch. */
export function lead(report: Report): string {
  const { curves: found, seconds, interrupted } = report;
  const time = seconds === null ? "" : ` in ${duration(seconds)}`;
  const place = found.at.indexOf(found.kept_epoch);
  const parts = [
    value("training loss", found.loss, place, shown),
    value("validation loss", found.validation_loss, place, shown),
    value(found.metric, found.validation_metric, place, (one) => ratio(one, report.told.validation_decimals)),
  ].filter(Boolean);
  const end = interrupted ? " Training was interrupted." : "";
  return (
    `${many(found.epochs, found.unit)}${time}. The weights are those of ${found.unit} ` +
    `${found.kept_epoch}: ${parts.join(", ")}.${end}`
  );
}

function value(
  name: string,
  list: JsonNumber[] | null,
  place: number,
  format: (value: number) => string,
): string {
  return list && list[place] !== undefined ? `${name} ${format(number(list[place]))}` : "";
}

/** The values at the cursor, for screen readers. */
function sliderText(report: Report, place: number): string {
  const values = plots(report).flatMap((plot) =>
    plot.series.map((one) => `${one.name} ${shown(one.values[place] ?? NaN)}`),
  );
  return `${report.curves.unit} ${report.curves.at[place]}: ${values.join(", ")}`;
}

function plots(report: Report): Plot[] {
  const found = report.curves;
  const common = { at: found.at, unit: found.unit, kept: found.kept_epoch };
  const list = (values: JsonNumber[]) => values.map(number);
  const made: Plot[] = [];
  const loss = [{ name: "training", values: list(found.loss), line: "first" }];
  if (found.validation_loss) {
    loss.push({ name: "validation", values: list(found.validation_loss), line: "second" });
  }
  const penalty = found.penalty ? " and with the L2 penalty, validation without" : "";
  made.push({
    ...common,
    title: "Loss",
    series: loss,
    note: found.unit === "epoch"
      ? `Training: mean over the batches of the ${found.unit}, each measured before its step${penalty}.`
      : `Training: over all rows${penalty}.`,
  });
  const metric = [
    ...(found.training_metric ? [{ name: "training", values: list(found.training_metric), line: "first" }] : []),
    ...(found.validation_metric ? [{ name: "validation", values: list(found.validation_metric), line: "second" }] : []),
  ];
  if (metric.length) {
    const training = found.training_metric && `Training: of ${many(found.gradient_norm?.rows ?? 0, "row")}, after the ${found.unit}.`;
    made.push({
      ...common,
      title: found.metric === "R²" ? "R²" : "Accuracy",
      series: metric,
      note: [training, found.validation_metric && "Validation: of the validation rows."].filter(Boolean).join(" "),
      format: (value) => ratio(value, report.told.validation_decimals),
    });
  }
  if (found.gradient_norm) {
    const { layers, rows } = found.gradient_norm;
    made.push({
      ...common,
      title: "Gradient norm, layer by layer",
      series: layers.map(({ layer, values }, place) => ({
        name: layer,
        values: list(values),
        line: `layer${Math.round((place * 5) / Math.max(1, layers.length - 1))}`,
      })),
      note: `‖dE/dθ‖ of the mean loss of ${many(rows, "training row")}, the same rows each time, without the penalty.`,
    });
  }
  // A rate that stays the same is told in the head.
  if (found.learning_rate?.some((rate) => rate !== found.learning_rate![0])) {
    made.push({
      ...common,
      title: "Learning rate",
      series: [{ name: "η", values: list(found.learning_rate), line: "first" }],
      note: "At the last step of each epoch.",
    });
  }
  return made;
}

function table(report: Report): HTMLElement {
  const columns = plots(report).flatMap((plot) =>
    plot.series.map((one) => ({ ...one, head: head(plot, one.name) })),
  );
  const body = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "all numbers" });
  const details = h(
    "details",
    {},
    h("summary", {}, `All ${many(report.curves.at.length, report.curves.unit)} as a table`),
    body,
  );
  details.addEventListener("toggle", () => {
    if (!details.open || body.firstChild) return;
    body.append(
      h(
        "table",
        { class: "numbers" },
        h(
          "thead",
          {},
          h("tr", {}, [report.curves.unit, ...columns.map((one) => one.head)].map((name) =>
            h("th", { scope: "col" }, name),
          )),
        ),
        h(
          "tbody",
          {},
          report.curves.at.map((epoch, place) =>
            h(
              "tr",
              { class: epoch === report.curves.kept_epoch && "chosen" },
              h("th", { scope: "row" }, String(epoch)),
              columns.map((one) => h("td", {}, shown(one.values[place] ?? NaN))),
            ),
          ),
        ),
      ),
    );
  });
  return details;
}

function head(plot: Plot, series: string): string {
  if (plot.title.startsWith("Gradient")) return `‖gradient‖ ${series}`;
  return plot.title === "Learning rate" ? "η" : `${series} ${plot.title.toLowerCase()}`;
}
