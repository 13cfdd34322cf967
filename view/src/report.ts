// The report of a training: what came of it, the curves, where it errs.

import { confusion } from "./confusion";
import { curve } from "./curve";
import type { Curve } from "./curve";
import { h, s } from "./dom";
import { exact, isRounded, shown } from "./numbers";
import type { Flat } from "./payload";
import { number } from "./payload";
import { pixels } from "./pixels";
import { most } from "./scale";

export interface ReportRow {
  label: string;
  target: string;
  prediction: string;
  /** How sure the network was of its prediction, or how far off it is. */
  score: number | string | null;
  image: Flat | null;
  values: { name: string; value: string }[] | null;
}

export interface Report {
  format: "clearprop.report";
  version: number;
  made_by: string;
  title: { model: string | null; network: string; data: string | null };
  summary: { name: string; value: number | string; note: string | null }[];
  curves: Curve[];
  confusion: { classes: string[]; counts: number[][] } | null;
  rows: { title: string; score: string; image: [number, number] | null; listed: ReportRow[] } | null;
  settings: { name: string; value: string }[];
}

/** Show a report in an element. */
export function mountReport(element: HTMLElement, report: Report): void {
  const mistakes = h("section", { class: "mistakes", "aria-label": report.rows?.title ?? "rows" });
  const list = (target?: string, prediction?: string) => {
    if (report.rows) mistakes.replaceChildren(...rowsOf(report.rows, target, prediction, () => list()));
  };
  list();
  element.replaceChildren(
    h("main", { class: "view report" },
      head(report),
      section("curves", report.curves.length ? report.curves.map(curve) : null),
      section("confusion-section", report.confusion && confusion(report.confusion, list)),
      report.rows ? mistakes : null,
      section("settings", [h("h2", {}, "data, settings, versions"), pairs(report.settings)]),
      h("footer", { class: "quiet" }, h("p", {}, report.made_by))));
}

const section = (name: string, children: HTMLElement | HTMLElement[] | null) =>
  children && h("section", { class: name }, children);

function head({ title, summary }: Report): HTMLElement {
  const facts = [title.model === null ? null : title.network, title.data].filter((fact) => fact !== null);
  return h("header", {},
    h("h1", {}, title.model ?? title.network),
    h("p", { class: "facts" }, facts.map((fact) => h("span", {}, fact))),
    h("dl", { class: "summary" }, summary.map(({ name, value, note }) => h("div", {},
      h("dt", { class: "quiet" }, name),
      h("dd", {}, typeof value === "number" ? h("strong", { class: "mono", title: exact(value) }, shown(value)) : value,
        note ? h("span", { class: "quiet" }, ` ${note}`) : null)))));
}

function pairs(settings: Report["settings"]): HTMLElement {
  return h("dl", { class: "pairs" }, settings.flatMap(({ name, value }) =>
    [h("dt", { class: "quiet" }, name), h("dd", { class: "mono" }, value)]));
}

/** The rows kept, worst first; those of one cell of the confusion matrix where one was chosen. */
function rowsOf(
  { title, score, image, listed }: NonNullable<Report["rows"]>, target: string | undefined,
  prediction: string | undefined, all: () => void,
): HTMLElement[] {
  const chosen = target === undefined
    ? listed : listed.filter((row) => row.target === target && row.prediction === prediction);
  const heading = target === undefined
    ? h("h2", {}, title, h("span", { class: "quiet" }, `, by ${score}`))
    : h("h2", { tabindex: "-1" }, `${target} taken for ${prediction}: ${chosen.length} listed `,
        h("button", { type: "button", class: "link", click: all }, "show all"));
  return [heading, h("ol", { class: image ? "cards images" : "cards" }, chosen.map((row) => card(row, image)))];
}

function card(row: ReportRow, image: [number, number] | null): HTMLElement {
  const value = row.score === null ? null : number(row.score);
  return h("li", {},
    image && row.image ? drawing(image, row.image) : null,
    h("p", {}, h("strong", {}, row.prediction), h("span", { class: "quiet" }, ` for ${row.target}`)),
    h("p", { class: "quiet small" }, row.label,
      value === null ? null : [", ", h("span", { class: "nowrap", title: exact(value) }, isRounded(value) ? "≈ " : "",
        h("span", { class: "mono" }, shown(value)))]),
    row.values ? h("dl", { class: "pairs small" }, row.values.flatMap(({ name, value: text }) =>
      [h("dt", { class: "quiet" }, name), h("dd", { class: "mono" }, text)])) : null);
}

function drawing([rows, columns]: [number, number], values: Flat): SVGElement {
  const size = 72;
  const numbers = values.map(number);
  return s("svg", { width: (size * columns) / rows, height: size, "aria-hidden": "true" },
    pixels([rows, columns], (row, column) => numbers[row * columns + column], most(numbers), size / rows));
}
