// Where the number in focus came from: its formula with symbols, then with numbers, then the result,
// and its sources, each of which opens in turn.

import type { App, NumberAddress } from "./app";
import { cellFormula } from "./primitives/cells";
import { checkWork } from "./check";
import { h as element } from "./dom";
import type { Child, Tree } from "./tree";
import { h, m, refill } from "./tree";
import type { Formula, Lookup } from "./formula";
import { cellsOf, evaluated, sumIn, termOf, valuesOf } from "./formula";
import { count, equals, exact, isRounded, shown } from "./numbers";
import type { Quantity } from "./payload";
import { address } from "./step";
import { termTable } from "./terms";
import { updateBar } from "./update";
import { whatIfForm } from "./whatif";
import type { WriteOptions } from "./primitives/write";
import { cellName, display, math, outlined, written } from "./primitives/write";

/** The most sources that are listed. */
const SOURCES = 12;

export function whyPanel(app: App): HTMLElement {
  const panel = element("section", { class: "why", "aria-label": "where this number came from" });
  app.listen(() => refill(panel, contents(app)));
  return panel;
}

function contents(app: App): Child[] {
  const { focus } = app;
  const formula = app.step.isGiven(focus.quantity)
    ? null
    : cellFormula(app.step, focus.quantity.node, focus.index);
  const look: Lookup = (quantity, index) => app.step.at(quantity, index);
  return [
    trail(app),
    what(app, focus),
    worked(app, focus, formula, look),
    app.hiding && formula ? checkWork(app, focus) : null,
    app.hiding ? null : updateBar(app, focus),
    ...(formula ? sources(app, formula, look) : [whatIfForm(app, focus)]),
  ];
}

function trail(app: App): Tree | null {
  if (app.trail.length < 2) return null;
  const steps = app.trail.map(({ quantity, index }, depth) => {
    const name = math(cellName(quantity, index));
    const last = depth === app.trail.length - 1;
    return h("li", {}, last ? h("span", { "aria-current": "true" }, name)
      : h("button", { type: "button", class: "link", "data-key": `trail ${depth}`,
          title: `back to ${address(quantity.path, index)}`, click: () => app.back(depth) }, name));
  });
  return h("ol", { class: "trail", "aria-label": "trail" }, steps);
}

/** Name the number, and tell it in the units of the table. */
function what(app: App, { quantity, index }: NumberAddress): Tree | null {
  const where = whereOf(app, { quantity, index });
  const given = app.step.given(quantity, index);
  const cell = app.step.cell(quantity, index);
  const inTable = cell ?? given?.text;
  const text = [where, inTable && `${inTable} in the table${cell && app.step.label(quantity, 1, index[1]!) !== app.step.columnName(index) ? `, ${app.step.columnName(index)}` : ""}`].filter(Boolean).join(": ");
  return text ? h("p", { class: "what" }, text) : null;
}

function described(app: App, place: NumberAddress): string {
  const where = whereOf(app, place);
  return `${place.quantity.meaning}${where ? `: ${where}` : ""}`;
}

function whereOf(app: App, { quantity, index }: NumberAddress): string {
  const names = index.map((place, axis) => app.step.label(quantity, axis, place));
  const places = names.map((name) => (/^[\d.-]+$/.test(name) ? `class ${name}` : name));
  return places.join(quantity.axes[0] === "input" ? " → " : ", ");
}

/** The calculation on three lines: symbols, numbers, result. */
function worked(app: App, place: NumberAddress, formula: Formula | null, look: Lookup): Tree {
  const { quantity, index } = place;
  const value = app.step.at(quantity, index);
  const name = math(cellName(quantity, index));
  const how = { look, open: (from: Quantity, at: number[]) => app.open(from, at) };
  const lines: [Tree | null, Tree[]][] = [];
  if (formula) {
    lines.push([name, [relation("="), display(written(formula, { ...how, numbers: false }))]]);
    const isPlain = formula.kind === "cell" || formula.kind === "constant";
    if (!isPlain && evaluated(formula, look) !== undefined) lines.push([null, [relation("="), ...inPieces(formula, { ...how, numbers: true })]]);
  }
  const result = app.hiding && formula ? h("span", { class: "hidden-number" }, "?") : resultOf(quantity, value);
  const sign = value === undefined || (app.hiding && formula) ? "=" : equals(value);
  lines.push([formula ? null : name, [relation(sign), result]]);
  return h("div", { class: "worked", tabindex: "0", role: "group", "aria-label": "the calculation" }, lines.map(([left, right]) =>
    h("div", { class: "equation-line" }, h("div", { class: "left" }, left), h("div", { class: `right${right.length > 2 ? " pieces" : ""}` }, ...right))));
}

const relation = (text: string) => h("span", { class: "relation" }, text);

function resultOf(quantity: Quantity, value: number | undefined): Tree {
  if (value === undefined) {
    return h("span", { class: "quiet" }, `not in this page, which has only some of the ${count(quantity.shape.reduce((a, b) => a * b, 1))} numbers`);
  }
  const text = exact(value, quantity.dtype);
  return h("span", {},
    h("strong", { class: "mono result", "data-exact": text }, shown(value)),
    isRounded(value) ? h("span", { class: "quiet mono exactly" }, ` ${text}`) : null);
}

/** A sum as pieces that a line break can separate. */
function inPieces(formula: Formula, how: WriteOptions): Tree[] {
  if (formula.kind === "total" && !formula.mean) {
    const values = valuesOf(formula, how.look).map((value) => value ?? NaN);
    const { chosen, left, rest } = outlined(values);
    const more = left
      ? [math(m("mo", { form: "infix" }, "+"), m("mtext", {}, `(${left} more: ${shown(rest)})`))]
      : [];
    return [
      ...chosen.map((place, at) => {
        const term = written(termOf(formula, place), how);
        return at ? display(m("mo", { form: "infix" }, "+"), term) : display(term);
      }),
      ...more,
    ];
  }
  if (formula.kind === "applied" && (formula.op === "add" || formula.op === "subtract")) {
    const [a, b] = formula.args as [Formula, Formula];
    const sign = m("mo", { form: "infix" }, formula.op === "add" ? "+" : "−");
    const second = written(b, how);
    const isSum = b.kind === "total" || (b.kind === "applied" && ["add", "subtract", "negative"].includes(b.op))
      || (b.kind === "cell" && (evaluated(b, how.look) ?? 0) < 0);
    return [...inPieces(a, how), isSum ? display(sign, m("mo", {}, "("), second, m("mo", {}, ")")) : display(sign, second)];
  }
  return [display(written(formula, how))];
}

/** The sources of the number: the terms of its sum, then other numbers. */
function sources(app: App, formula: Formula, look: Lookup): Child[] {
  const sum = sumIn(formula);
  const cells = cellsOf(formula).filter((cell) => cell.index.every((at) => typeof at === "number"));
  const alone = sum ? cells : cells.slice(0, SOURCES);
  return [
    sum ? termTable(app, sum, look) : null,
    alone.length
      ? h("div", { class: "from" }, h("span", { class: "quiet" }, sum ? "and from" : "from"),
          alone.map((cell) => sourceButton(app, cell.quantity, cell.index as number[])),
          cells.length > alone.length
            ? h("span", { class: "quiet" }, `and ${cells.length - alone.length} more`) : null)
      : null,
  ];
}

/** A button with the name and the value of a number, which opens it. */
function sourceButton(app: App, quantity: Quantity, index: number[]): Tree {
  const value = app.step.at(quantity, index);
  const text = value === undefined ? null : exact(value, quantity.dtype);
  return h(
    "button",
    {
      type: "button",
      class: "source-button",
      "data-key": `source ${address(quantity.path, index)}`,
      "data-exact": text,
      title: `${described(app, { quantity, index })}${text === null ? "" : ` = ${text}`}`,
      click: () => app.open(quantity, index),
    },
    math(cellName(quantity, index)),
    " ",
    h("span", { class: "mono" }, value === undefined ? "…" : shown(value)),
  );
}

