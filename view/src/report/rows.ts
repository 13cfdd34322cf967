// Lists of rows: pictures as cards, other rows as lines of a table.

import { h } from "../dom";
import { aligned, exact, shown } from "../numbers";
import { ink } from "../ink";
import { bytesOf, number } from "../payload";
import type { JsonNumber, Report, ReportRow } from "./payload";
import { rowName } from "./payload";
import { scrolling } from "./scrolling";
import { label, many, quantity, ratio } from "./words";

const MOST_COLUMNS = 60;
const LIKELY = 3;

/** Opens the training step of a row. */
export type OpenStep = (row: number) => void;

/** The rows with these numbers that the page has, as cards or as a table. */
export function rowsView(report: Report, numbers: number[], caption: string, open: OpenStep): HTMLElement {
  const known = numbers.filter((one) => report.rows.by_number[one]);
  return report.rows.image ? cards(report, known, open) : table(report, known, caption, open);
}

function cards(report: Report, numbers: number[], open: OpenStep): HTMLElement {
  return h("ul", { class: "cards" }, numbers.map((one) => h("li", {}, card(report, one, open))));
}

function card(report: Report, one: number, open: OpenStep): HTMLElement[] {
  const row = report.rows.by_number[one]!;
  const words = verdict(report, row);
  return [
    ink(bytesOf(String(row.inputs)), report.rows.image!, 80, `${rowName(one)}, a picture of ${row.target}`),
    h("div", {},
      h("p", {}, h("strong", {}, words)),
      h("p", { class: "quiet" }, `${rowName(one)}, loss ${shown(number(row.loss))}`),
      likely(report, row),
      report.steps[one] && opener(one, open)),
  ];
}

/** The most probable classes; the true class takes the place of the last one if it is not among them. */
function likely(report: Report, row: ReportRow): HTMLElement | null {
  const { probabilities } = row;
  if (!probabilities || !report.confusion) return null;
  const names = report.confusion.names;
  const order = probabilities.map((_, place) => place)
    .sort((a, b) => number(probabilities[b]) - number(probabilities[a]));
  const chosen = order.slice(0, Math.min(LIKELY, order.length));
  const truth = names.indexOf(String(row.target));
  if (truth >= 0 && truth < order.length && !chosen.includes(truth)) chosen[chosen.length - 1] = truth;
  return h("ul", { class: "likely" }, chosen.map((place) => {
    const part = number(probabilities[place]);
    const bar = h("span", { class: place === truth ? "bar right-class" : "bar" });
    bar.style.width = `${Math.max(0, Math.min(1, part)) * 48}px`;
    return h("li", { title: `${names[place]}: ${exact(part)}` },
      h("span", { class: place === truth ? "name true" : "name" }, label(names[place]!, 14)),
      h("span", { class: "bar-box", "aria-hidden": "true" }, bar),
      h("span", { class: "mono part" }, ratio(part)));
  }));
}

/** A cell of the table: its text, its tooltip and its CSS class. */
interface TableCell {
  text: string;
  title?: string;
  style?: string;
}

function table(report: Report, numbers: number[], caption: string, open: OpenStep): HTMLElement {
  const { columns } = report.rows;
  const some = columns.slice(0, MOST_COLUMNS);
  const classes = report.confusion !== null;
  const rows = numbers.map((one) => report.rows.by_number[one]!);
  const first = columnsOf(rows.map((row) => (classes ? classCells(report, row) : quantityCells(row))));
  const inputs = columnsOf(rows.map((row) =>
    some.map((_, place) => inputCell((row.inputs as (JsonNumber | string | null)[])[place]))));
  const heads = classes
    ? ["true", "predicted", "p(predicted)", "p(true)", "loss"]
    : ["true", "predicted", "residual", "loss"];
  return h("div", {},
    scrolling(h("table", { class: "rows-table" },
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {},
        h("th", { scope: "col", class: "figure" }, "row"),
        heads.map((name, place) => h("th", { scope: "col", class: first.isFigure[place] ? "figure" : null }, name)),
        some.map((name, place) =>
          h("th", { scope: "col", class: inputs.isFigure[place] ? "figure" : null, title: name }, label(name))))),
      h("tbody", {}, numbers.map((one, place) => h("tr", {},
        h("th", { scope: "row", class: "mono figure" },
          report.steps[one] ? opener(one, open, String(one)) : String(one)),
        first.cells[place],
        inputs.cells[place])))), `${caption}, as a table`),
    columns.length > some.length &&
      h("p", { class: "quiet" }, `the first ${some.length} of ${many(columns.length, "column")}`));
}

/** Create the cells, with the decimal points of each column aligned. */
function columnsOf(rows: TableCell[][]): { cells: HTMLElement[][]; isFigure: boolean[] } {
  const width = rows[0]?.length ?? 0;
  const isFigure = Array.from({ length: width }, (_, column) =>
    rows.some((row) => row[column]!.style?.startsWith("figure")));
  const texts = isFigure.map((is, column) => {
    const all = rows.map((row) => row[column]!.text);
    return is ? aligned(all) : all;
  });
  const cells = rows.map((row, at) => row.map((cell, column) =>
    h("td", { class: cell.style, title: cell.title }, texts[column]![at]!)));
  return { cells, isFigure };
}

function quantityCells(row: ReportRow): TableCell[] {
  const residual = number(row.prediction as JsonNumber) - number(row.target as JsonNumber);
  return [
    figure(row.target as JsonNumber),
    figure(row.prediction as JsonNumber),
    {
      text: (residual > 0 ? "+" : "") + quantity(residual),
      title: exact(residual),
      style: `figure mono ${residual < 0 ? "minus" : "plus"}`,
    },
    figure(row.loss),
  ];
}

function classCells(report: Report, row: ReportRow): TableCell[] {
  const { names } = report.confusion!;
  const probabilityOf = (name: string | JsonNumber): TableCell => {
    const value = row.probabilities?.[names.indexOf(String(name))];
    return { text: ratio(value), title: value === undefined ? "" : exact(number(value)), style: "figure mono" };
  };
  const isRight = row.target === row.prediction;
  return [
    { text: label(String(row.target)), title: String(row.target), style: "class" },
    isRight
      ? { text: "correct", style: "quiet" }
      : { text: label(String(row.prediction)), title: String(row.prediction), style: "class" },
    probabilityOf(row.prediction),
    probabilityOf(row.target),
    figure(row.loss),
  ];
}

function figure(value: JsonNumber): TableCell {
  return { text: quantity(value), title: exact(number(value)), style: "figure mono" };
}

function inputCell(found: JsonNumber | string | null | undefined): TableCell {
  if (found === null || found === undefined) return { text: "missing", style: "quiet" };
  if (typeof found === "number") return { text: shown(found), title: exact(found), style: "figure mono" };
  return { text: label(found, 32), title: found };
}

/** The true class of a row and the predicted one, or the two values. */
export function verdict(report: Report, row: ReportRow): string {
  if (!report.confusion) {
    return `${quantity(row.target as JsonNumber)} predicted as ${quantity(row.prediction as JsonNumber)}`;
  }
  return row.target === row.prediction
    ? `${label(String(row.target))}, but not certain`
    : `${label(String(row.target))} predicted as ${label(String(row.prediction))}`;
}

function opener(row: number, open: OpenStep, text = "open its step"): HTMLElement {
  return h("button", {
    type: "button", class: "link", "data-step": row, "aria-label": `${text}: ${text === String(row) ? "open its training step" : rowName(row)}`,
    click: () => open(row),
  }, text);
}
