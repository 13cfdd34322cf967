// The terms of a sum: each with its factors, their product and a bar. For a gradient the terms are the
// rows of the batch: the bars show the contribution of each row.

import type { App } from "./app";
import type { Tree } from "./tree";
import { h, s } from "./tree";
import type { Cell, Formula, Lookup, Total } from "./formula";
import { cellsOf, valuesOf } from "./formula";
import { header } from "./names";
import { aligned, count, exact, scaleEnd, seemsExact, shown } from "./numbers";
import { termName } from "./reason";
import { most } from "./scale";
import { address } from "./step";
import { cellName, math } from "./primitives/write";

const SHOWN = 8;
const BAR = 72;
const opened = new WeakMap<App, string>();

interface Term {
  place: number;
  value: number;
}

export function termTable(app: App, total: Total, look: Lookup): Tree | null {
  const known = valuesOf(total, look);
  if (known.includes(undefined)) return incomplete(app, known.length);
  const terms = known.map((value, place): Term => ({ place, value: value! }));
  const key = address(app.focus.quantity.path, app.focus.index);
  const isOpen = opened.get(app) === key || terms.length <= SHOWN;
  const chosen = isOpen ? terms : strongest(terms);
  const letters = cellsOf(total.body);
  const factors = letters.filter((cell) => cell.index.includes(total.letter)).slice(0, 2);
  const end = most(terms.map(({ value }) => value));
  const isRows = letters.some((cell) => cell.quantity.axes[cell.index.indexOf(total.letter)] === "row");
  const isHidden = app.hiding;
  const sum = terms.reduce((so_far, { value }) => so_far + value, 0);
  const values = aligned([...chosen.map(({ value }) => value), total.mean ? sum / total.size : sum].map((value) => shown(value)));
  // A term without factors is one number: it needs no column for a product.
  const isPlain = isCell(total.body) && factors.length === 1;
  const written = isPlain ? [values] : factors.map((cell) => aligned(chosen.map(({ place }) => {
    const value = app.step.at(cell.quantity, at(cell, total, place));
    return value === undefined ? "…" : shown(value);
  })));
  const title = isRows && app.focus.quantity.axes[0] !== "row"
    ? "each row's contribution to the gradient" : `the ${count(terms.length)} terms`;
  return h(
    "div",
    { class: "terms box", role: "region", "aria-label": title, tabindex: "0" },
    h("table", {},
      h("caption", {}, title),
      h("thead", {}, h("tr", {},
        h("td", {}),
        factors.map((cell) => h("th", { scope: "col", class: "figure" }, math(cellName(cell.quantity, cell.index)))),
        isPlain ? null : h("td", { class: "figure head" }, isHidden ? "" : isProduct(total.body) ? "product" : "term"),
        h("td", { class: "bar-head" }, isHidden ? "" : h("span", { class: "quiet mono" }, scaleEnd(end))))),
      h("tbody", {}, chosen.map((term, row) =>
        line(app, total, factors, term, written.map((texts) => texts[row]!),
          isPlain ? null : isHidden ? "" : values[row]!, isHidden ? 0 : end))),
      h("tfoot", {}, h("tr", {},
        h("th", { scope: "row" }, chosen.length < terms.length ? moreButton(app, key, terms.length - chosen.length)
          : total.mean ? "mean" : "sum"),
        isPlain ? null : factors.map(() => h("td", {})),
        h("td", { class: "figure mono" }, isHidden ? "?" : values[chosen.length]!),
        h("td", {})))),
  );
}

/** The message in place of a sum of which the page lacks numbers. */
function incomplete(app: App, terms: number): Tree {
  const { quantity, index } = app.focus;
  return h("p", { class: "quiet" },
    `The page has the numbers of the drawn units only, not all ${count(terms)} terms of this sum. Python has them: `,
    h("code", { class: "mono" }, `step.why("${address(quantity.path, index)}")`), ".");
}

const isCell = (formula: Formula) => formula.kind === "cell";
const isProduct = (formula: Formula) => formula.kind === "applied" && formula.op === "multiply";

function strongest(terms: Term[]): Term[] {
  return [...terms]
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, SHOWN)
    .sort((a, b) => a.place - b.place);
}

function moreButton(app: App, key: string, more: number): Tree {
  return h("button", { type: "button", class: "link", "data-key": "more terms", click: () => {
    opened.set(app, key);
    app.chooseLens(app.chosen);
  } }, `show ${count(more)} more`);
}

/** The index of a factor in one term: the place of the term stands for the running index. */
const at = (cell: Cell, total: Total, place: number) =>
  cell.index.map((one) => (one === total.letter ? place : one)) as number[];

function line(
  app: App, total: Total, factors: Cell[], term: Term, written: string[], product: string | null, end: number,
): Tree {
  const named = factors.find((cell) => cell.index.includes(total.letter));
  const axis = named ? named.index.indexOf(total.letter) : -1;
  const isRow = named?.quantity.axes[axis] === "row";
  const name = termName(app.step, total, term.place);
  return h("tr", { class: isRow && term.place === app.row ? "here" : null },
    header("row", name),
    factors.map((cell, column) => {
      const index = at(cell, total, term.place);
      const value = app.step.at(cell.quantity, index);
      if (value === undefined) return h("td", { class: "figure" }, "…");
      const digits = exact(value, cell.quantity.dtype);
      return h("td", { class: "figure" }, h("button", {
        type: "button", class: `number${seemsExact(value) ? " about" : ""}`, "data-key": `term ${address(cell.quantity.path, index)}`,
        "data-exact": digits, title: digits,
        click: () => app.open(cell.quantity, index),
      }, written[column]!));
    }),
    product === null ? null : h("td", { class: "figure mono" }, product),
    h("td", { class: "bar-cell" }, bar(term.value, end)));
}

/** A bar from the middle to the right for a positive number, to the left for a negative one. */
function bar(value: number, end: number): Tree {
  const length = end && Number.isFinite(value) ? (Math.abs(value) / end) * (BAR / 2 - 2) : 0;
  const middle = BAR / 2;
  return s("svg", { class: "bar", width: BAR, height: 12, "aria-hidden": "true" },
    s("rect", { class: value < 0 ? "negative" : "positive", x: value < 0 ? middle - length : middle, y: 2,
      width: length, height: 8 }));
}
