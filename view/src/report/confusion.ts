// The confusion matrix, as counts or rates. A cell opens the list of its rows.

import { h } from "../dom";
import { count } from "../numbers";
import { LEVELS } from "../scale";
import type { ConfusionCell, ClassFigures, Report } from "./payload";
import type { OpenStep } from "./rows";
import { scrolling } from "./scrolling";
import { rowsView } from "./rows";
import { label, many, percent, ratio } from "./words";
import { refill } from "../tree";

const MOST_CLASSES = 60;
const MOST_PAIRS = 20;
/** Beside a matrix of so many classes or more the pairs confused most often are listed, fewer of them. */
const MANY_CLASSES = 10;
const FEW_PAIRS = 8;
/** A matrix of more classes has narrow cells. */
const MOST_WIDE = 14;
const LISTED = 60;

export function confusion(report: Report, open: OpenStep): HTMLElement | null {
  const found = report.confusion;
  if (!found) return null;
  const status = h("p", { class: "unseen", role: "status" });
  let current: Chosen | null = null;
  let rates = false;
  const body = h("div", {});
  const choose = (cell: ConfusionCell, from: Chosen["from"]) => {
    const isOpen = current !== null && cell === current.cell && from === current.from;
    current = isOpen ? null : { cell, from, rows: h("div", { id: "cell-rows" }, cellRows(report, cell, open)) };
    status.textContent = current ? title(report, cell) : "";
    draw();
    current?.rows.scrollIntoView({ block: "nearest" });
  };
  const isWhole = found.names.length <= MOST_CLASSES;
  const isMany = found.names.length >= MANY_CLASSES;
  const draw = () => refill(body,
    isMany && pairs(report, isWhole ? FEW_PAIRS : MOST_PAIRS, choose, current),
    isWhole && scrolling(matrix(report, rates, choose, current), "confusion matrix"));
  const mode = (name: string, value: boolean) => h("button", {
    type: "button", "data-key": name,
    click: () => {
      rates = value;
      draw();
      press();
    },
  }, name);
  const modes = [mode("counts", false), mode("rates", true)];
  const press = () => modes.forEach((button, place) => {
    const isOn = (place === 1) === rates;
    button.setAttribute("aria-pressed", String(isOn));
    button.classList.toggle("on", isOn);
  });
  press();
  draw();
  return h("section", { id: "confusion", "aria-labelledby": "confusion-title" },
    h("h2", { id: "confusion-title" }, "Which classes were confused"),
    h("p", {}, lead(report)),
    isWhole && h("div", { class: "lenses", role: "group", "aria-label": "cells show" }, modes),
    body,
    h("p", { class: "quiet small" },
      "Each row of the matrix is a true class. Framed cells are right, shaded ones wrong: the stronger the shade, ",
      "the larger the share of the true class, beside the largest such share. A cell opens its rows."),
    status);
}

/** The cell whose rows are open, and whether it was opened in the matrix or in the list. */
interface Chosen {
  cell: ConfusionCell;
  from: "matrix" | "list";
  rows: HTMLElement;
}
type Choose = (cell: ConfusionCell, from: Chosen["from"]) => void;

export function lead(report: Report): string {
  const { cells, names } = report.confusion!;
  const wrong = cells.filter((cell) => cell.true !== cell.predicted).sort((a, b) => b.count - a.count);
  const all = wrong.reduce((sum, cell) => sum + cell.count, 0);
  const rows = many(report.figures.rows, `${report.measured_on} row`);
  if (!all) return `All ${rows} were predicted correctly.`;
  const most = wrong[0]!;
  const common = most.count > 1
    ? ` Most common mistake: ${label(names[most.true]!)} predicted as ${label(names[most.predicted]!)} (${count(most.count)} times).`
    : " No mistake was made twice.";
  return `${count(all)} of ${rows} ${all === 1 ? "was" : "were"} predicted incorrectly.${common}`;
}

export function title(report: Report, cell: ConfusionCell): string {
  const names = report.confusion!.names;
  const rows = `${many(cell.count, "row")}, ${percent(cell.rate)} of ${label(names[cell.true]!)}`;
  return cell.true === cell.predicted
    ? `${label(names[cell.true]!)} predicted correctly: ${rows}`
    : `${label(names[cell.true]!)} predicted as ${label(names[cell.predicted]!)}: ${rows}`;
}

function cellRows(report: Report, cell: ConfusionCell, open: OpenStep): HTMLElement {
  const known = cell.rows.filter((one) => report.rows.by_number[one]);
  const rest = cell.rows.filter((one) => !report.rows.by_number[one]);
  const listed = rest.slice(0, LISTED);
  const left = cell.count - known.length - listed.length;
  return h("div", {},
    h("h3", {}, title(report, cell)),
    known.length > 0 && rowsView(report, known, title(report, cell), open),
    listed.length > 0 && h("p", { class: "quiet" },
      known.length ? "and rows " : "rows ", h("span", { class: "mono" }, listed.join(", ")),
      left > 0 && ` and ${count(left)} more`),
    h("p", { class: "quiet small" }, "Rows with the largest loss come first."));
}

function matrix(
  report: Report, rates: boolean, choose: Choose, current: Chosen | null,
): HTMLElement {
  const { names, cells } = report.confusion!;
  const by = new Map(cells.map((cell) => [cell.true * names.length + cell.predicted, cell]));
  const figures = report.figures.classes ?? [];
  const worst = Math.max(...cells.filter((cell) => cell.true !== cell.predicted).map((cell) => cell.rate));
  const opened = current?.from === "matrix" ? current : null;
  const short = names.map((name) => label(name, names.length > 12 ? 8 : 14));
  const totals = names.map((_, place) =>
    cells.filter((cell) => cell.predicted === place).reduce((sum, cell) => sum + cell.count, 0));
  return h("table", { class: names.length > MOST_WIDE ? "matrix compact" : "matrix" },
      h("caption", { class: "unseen" }, "Confusion matrix: a row for each true class, a column for each predicted class, then figures of each class"),
      h("thead", {},
        h("tr", {}, h("td", {}), h("th", { scope: "colgroup", colspan: names.length, class: "axis-name" }, h("span", {}, "predicted")),
          h("td", {}), h("th", { scope: "colgroup", colspan: 4, class: "axis-name" }, h("span", {}, "each class"))),
        h("tr", {}, h("th", { scope: "col" }, "true"),
          short.map((name, place) => h("th", { scope: "col", title: names[place] }, name)),
          h("td", { class: "gap" }),
          ["rows", "recall", "precision", "F1"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, names.map((name, row) => [h("tr", {},
        h("th", { scope: "row", title: name }, label(name, 20)),
        names.map((_, column) => cellOf(report, by.get(row * names.length + column), rates, worst, choose, opened)),
        h("td", { class: "gap" }),
        classFigures(figures[row], report.figures.class_decimals)),
      opened?.cell.true === row && h("tr", { class: "opened" },
        h("td", { colspan: names.length + 6 }, opened.rows))])),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "all"),
        totals.map((total) => h("td", { class: "figure mono quiet" }, total ? count(total) : "·")),
        h("td", { class: "gap" }),
        h("td", { class: "figure mono" }, count(report.figures.rows)),
        h("td", { class: "figure mono", title: "accuracy: the recall of all rows together" }, ratio(report.figures.accuracy, report.figures.decimals)),
        h("td", {}), h("td", {}))));
}

function classFigures(figures: ClassFigures | undefined, decimals?: number): HTMLElement[] {
  if (!figures) return [];
  return [count(figures.rows), ...[figures.recall, figures.precision, figures.f1].map((one) => ratio(one, decimals))]
    .map((text) => h("td", { class: "figure mono" }, text));
}

function cellOf(
  report: Report, cell: ConfusionCell | undefined, rates: boolean, worst: number, choose: Choose, opened: Chosen | null,
): HTMLElement {
  if (!cell) return h("td", { class: "nothing" }, "·");
  const isRight = cell.true === cell.predicted;
  const shade = isRight ? "right" : `e${Math.ceil((cell.rate / worst) * LEVELS)}`;
  const text = rates ? percent(cell.rate).replace(" ", "") : count(cell.count);
  return h("td", { class: `error ${shade}` },
    h("button", {
      type: "button", class: opened?.cell === cell ? "number focus" : "number",
      "data-key": `cell ${cell.true} ${cell.predicted}`,
      "aria-expanded": String(opened?.cell === cell), "aria-controls": "cell-rows",
      "aria-label": title(report, cell), title: title(report, cell),
      click: () => choose(cell, "matrix"),
    }, text));
}

/** The pairs that were confused most often, above a large matrix or in place of one. */
function pairs(report: Report, most: number, choose: Choose, current: Chosen | null): HTMLElement {
  const opened = current?.from === "list" ? current : null;
  const wrong = report.confusion!.cells.filter((cell) => cell.true !== cell.predicted)
    .sort((a, b) => b.count - a.count).slice(0, most);
  return h("ol", { class: "pairs", "aria-label": "the largest confusions" }, wrong.map((cell) => h("li", {}, h("button", {
    type: "button", class: "link", "aria-expanded": String(opened?.cell === cell), "aria-controls": "cell-rows",
    "data-key": `pair ${cell.true} ${cell.predicted}`, click: () => choose(cell, "list"),
  }, title(report, cell)), opened?.cell === cell && opened.rows)));
}
