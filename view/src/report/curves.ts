// How training went: small charts under one cursor.

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
    slider.setAttribute("aria-valuetext", spoken(report, place));
    for (const one of charts) one.show(place);
  };
  for (const plot of plots(report)) charts.push(chart(plot, choose));
  choose(kept);
  return h(
    "section",
    { id: "training", "aria-labelledby": "training-title" },
    h("h2", { id: "training-title" }, "How training went"),
    h("p", {}, told(report)),
    h(
      "div",
      { class: "epoch" },
      h("label", { for: "epoch" }, found.unit),
      slider,
      output,
      h("button", { type: "button", click: () => choose(kept) }, "kept"),
    ),
    h("div", { class: "charts" }, charts.map((one) => one.element)),
    table(report),
  );
}

function told(report: Report): string {
  const { curves: found, seconds, interrupted } = report;
  const time = seconds === null ? "" : ` in ${duration(seconds)}`;
  const place = found.at.indexOf(found.kept_epoch);
  const parts = [
    value("training loss", found.loss, place, shown),
    value("validation loss", found.validation_loss, place, shown),
    value(found.metric, found.validation_metric, place, ratio),
  ].filter(Boolean);
  const end = interrupted ? " Training was ended by hand." : "";
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

function spoken(report: Report, place: number): string {
  const told = plots(report).flatMap((plot) =>
    plot.series.map((one) => `${one.name} ${shown(one.values[place] ?? NaN)}`),
  );
  return `${report.curves.unit} ${report.curves.at[place]}: ${told.join(", ")}`;
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
      ? `Training: mean over the ${found.unit}’s batches as they were trained on${penalty}.`
      : `Training: over all rows${penalty}.`,
  });
  if (found.validation_metric) {
    made.push({
      ...common,
      title: found.metric === "R²" ? "R²" : "Accuracy",
      series: [{ name: "validation", values: list(found.validation_metric), line: "second" }],
      note: "On the validation rows.",
      format: ratio,
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
      note: `‖dE/dθ‖ of the mean loss of ${many(rows, "training row")}, always the same, without penalty.`,
    });
  }
  if (found.learning_rate) {
    made.push({
      ...common,
      title: "Learning rate",
      series: [{ name: "η", values: list(found.learning_rate), line: "first" }],
      note: "Of the epoch’s last step.",
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
