// How each primitive is written in a formula: ONE ROW PER PRIMITIVE. A formula is written as MathML,
// with symbols or with the numbers of the step in their places. Parentheses stand where a form binds
// less tightly than its surroundings, as in explaining/render.py.

import type { Applied, Cell, CellIndex, Formula, Lookup, Total } from "../formula";
import { evaluated, termsOf } from "../formula";
import { parsed } from "../mathml";
import { constant, exact, shown } from "../numbers";
import type { Quantity } from "../payload";
import type { Tree } from "../tree";
import { m } from "../tree";
import type { Primitive } from "./compute";
import { rowOf } from "./compute";

/** How tightly a form binds: a comparison least, a letter or a bracket most. */
const [COMPARED, ADDED, SUMMED, MULTIPLIED, ATOM] = [0, 1, 2, 3, 4] as const;

/** Longer sums are written with their largest terms only. */
const TERMS = 6;

export interface WriteOptions {
  look: Lookup;
  /** Whether cells are written as their numbers. */
  numbers: boolean;
  /** Called when a number in the formula is clicked. */
  open: (quantity: Quantity, index: number[]) => void;
}

/** An element, and how tightly it binds. */
type Written = [Tree, number];
type WriteRule = (formula: Applied, how: WriteOptions) => Written;

/**
 * The rules. Null where no formula holds the primitive: cells.ts puts a constant, a sum or the cell of
 * an argument in its place.
 */
export const WRITE: Record<Primitive, WriteRule | null> = {
  given: null,
  constant: null,
  negative: ({ args: [a] }, how) => [row(m("mo", { form: "prefix" }, "−"), tight(a!, how, SUMMED)), SUMMED],
  exp: call("exp"),
  expm1: call("expm1"),
  log: call("ln"),
  sqrt: ({ args: [a] }, how) => [root(a!, how), ATOM],
  tanh: call("tanh"),
  absolute: ({ args: [a] }, how) => [fenced(write(a!, how)[0], "|", "|"), ATOM],
  sign: call("sign"),
  expit: call("σ"),
  softplus: call("softplus"),
  ndtr: call("Φ"),
  ones_like: null,
  add: infix("+", ADDED, MULTIPLIED),
  subtract: infix("−", ADDED, MULTIPLIED),
  multiply: infix("·", MULTIPLIED),
  divide: ({ args: [a, b] }, how) => [m("mfrac", {}, write(a!, how)[0], write(b!, how)[0]), ATOM],
  power: ({ args: [a, b] }, how) => [isHalf(b!) ? root(a!, how) : m("msup", {}, tight(a!, how, ATOM), write(b!, how)[0]), ATOM],
  maximum: call("max"),
  minimum: call("min"),
  greater: infix(">", COMPARED),
  where: (formula, how) => [choice(formula, how), COMPARED],
  softmax: (formula, how) => [picked("softmax", formula, how), ATOM],
  log_softmax: (formula, how) => [picked("ln softmax", formula, how), ATOM],
  sum: ({ args }, how) => terms(args, how),
  mean: null,
  norm: ({ args }, how) => [squares(args, how), ATOM],
  matmul: null,
  transpose: null,
  column: null,
  pack: null,
};

/** The formula as one MathML element. */
export function written(formula: Formula, how: WriteOptions): Tree {
  return write(formula, how)[0];
}

/** The name of one cell: δ₁[0,2]. */
export function cellName(quantity: Pick<Quantity, "symbol" | "path">, index: CellIndex): Tree {
  const name = parsed(`<mrow>${quantity.symbol.mathml}</mrow>`) ?? m("mtext", {}, quantity.path);
  if (!index.length) return name;
  if (index.every((at) => typeof at === "number")) return row(name, m("mtext", {}, `[${index.join()}]`));
  const places = index.flatMap((at, axis) => [
    ...(axis ? [m("mo", { separator: "true" }, ",")] : []),
    typeof at === "number" ? m("mn", {}, String(at)) : m("mi", {}, at),
  ]);
  return row(name, row(sign("["), ...places, sign("]")));
}

/** Elements side by side; one alone needs no row around it. */
const row = (...children: Tree[]) => (children.length === 1 ? children[0]! : m("mrow", {}, ...children));
const sign = (text: string) => m("mo", {}, text);
const fenced = (inside: Tree, left = "(", right = ")") => row(sign(left), inside, sign(right));

const numeral = (text: string) => row(...signAndDigits(text));

function signAndDigits(text: string, attributes = {}): Tree[] {
  const isNegative = text.startsWith("−");
  const digits = m("mn", attributes, isNegative ? text.slice(1) : text);
  return isNegative ? [m("mo", { form: "prefix" }, "−"), digits] : [digits];
}

function write(formula: Formula, how: WriteOptions): Written {
  switch (formula.kind) {
    case "constant":
      return [numeral(constant(formula.value)), formula.value < 0 ? ADDED : ATOM];
    case "cell":
      return cell(formula, how);
    case "total":
      return sum(formula, how);
    case "applied":
      return applied(formula, how);
  }
}

function cell(formula: Cell, how: WriteOptions): Written {
  const { quantity } = formula;
  if (!how.numbers) {
    const isFraction = quantity.symbol.mathml.startsWith("<mfrac");
    return [cellName(quantity, formula.index), isFraction ? MULTIPLIED : ATOM];
  }
  const index = formula.index as number[];
  const value = how.look(quantity, index);
  if (value === undefined) return [m("mtext", { class: "absent" }, "…"), ATOM];
  const element = m("mrow", { class: "source", "data-exact": exact(value, quantity.dtype),
    click: () => how.open(quantity, index) }, ...signAndDigits(shown(value), { class: "number" }));
  return [element, value < 0 ? ADDED : ATOM];
}

function tight(formula: Formula, how: WriteOptions, binding: number): Tree {
  const [element, binds] = write(formula, how);
  return binds >= binding ? element : fenced(element);
}

function applied(formula: Applied, how: WriteOptions): Written {
  const rule = rowOf(WRITE, formula.op);
  if (!rule) throw new Error(`no formula holds the primitive ${formula.op}`);
  return rule(formula, how);
}

/** A function's name before its arguments. */
function call(name: string): WriteRule {
  return ({ args }, how) => [called(name, args.map((arg) => write(arg, how)[0])), ATOM];
}

/** A sign between two arguments; the right one may have to bind more tightly. */
function infix(text: string, binding: number, right = binding): WriteRule {
  return ({ args: [a, b] }, how) => [row(tight(a!, how, binding), sign(text), tight(b!, how, right)), binding];
}

const isHalf = (formula: Formula) => formula.kind === "constant" && formula.value === 0.5;
const root = (formula: Formula, how: WriteOptions) => m("msqrt", {}, write(formula, how)[0]);

function called(name: string, args: Tree[]): Tree {
  const inside = args.flatMap((arg, place) => (place ? [m("mo", { separator: "true" }, ","), arg] : [arg]));
  return row(m("mi", { mathvariant: "normal" }, name), fenced(row(...inside)));
}

function picked(name: string, formula: Applied, how: WriteOptions): Tree {
  const first = formula.args[0]!;
  let inside = formula.args.map((arg) => write(arg, how)[0]);
  if (!how.numbers && first.kind === "cell") {
    inside = [cellName(first.quantity, [...first.index.slice(0, -1), ":"])];
  } else if (inside.length > TERMS) {
    inside = [...inside.slice(0, 3), m("mtext", {}, `${inside.length - 3} more`)];
  }
  const place = numeral(String(formula.pick));
  return row(called(name, inside), row(sign("["), place, sign("]")));
}

function squares(args: Formula[], how: WriteOptions): Tree {
  if (!args.length) return m("mtext", { class: "absent" }, "‖…‖");
  const two: Formula = { kind: "constant", value: 2 };
  const powers = args.map((arg): Formula => ({ kind: "applied", op: "power", args: [arg, two] }));
  return m("msqrt", {}, terms(powers, how)[0]);
}

function choice(formula: Applied, how: WriteOptions): Tree {
  const [condition, yes, no] = formula.args.map((arg) => write(arg, how)[0]);
  const line = (value: Tree, when: Tree | null) =>
    m("mtr", {}, m("mtd", {}, value), m("mtd", {}, m("mtext", {}, when ? "where\u00a0" : "else"), when));
  return row(sign("{"), m("mtable", {}, line(yes!, condition!), line(no!, null)));
}

function sum(total: Total, how: WriteOptions): Written {
  if (how.numbers) {
    const [element, binds] = terms(termsOf(total), how);
    if (!total.mean) return [element, binds];
    return [m("mfrac", {}, element, m("mn", {}, String(total.size))), ATOM];
  }
  const body = tight(total.body, how, MULTIPLIED);
  const letter = m("mi", {}, total.letter);
  if (total.mean) return [row(m("msub", {}, m("mi", {}, "mean"), letter), fenced(body)), ATOM];
  return [row(m("munder", {}, sign("∑"), letter), body), SUMMED];
}

/** A sum term by term; of a long one the largest terms in their order, and what the rest adds. */
function terms(parts: Formula[], how: WriteOptions): Written {
  if (!parts.length) return [m("mtext", { class: "absent" }, "…"), ATOM];
  const values = parts.map((part) => evaluated(part, how.look) ?? NaN);
  const { chosen, left, rest } = outlined(values);
  const pieces = chosen.flatMap((place, at) =>
    at ? [sign("+"), tight(parts[place]!, how, MULTIPLIED)] : [tight(parts[place]!, how, ADDED)],
  );
  if (left) {
    pieces.push(sign("+"), fenced(row(m("mtext", {}, `${left} more:\u00a0`), numeral(shown(rest)))));
  }
  return [row(...pieces), parts.length > 1 ? ADDED : MULTIPLIED];
}

/** Which terms of a sum are written, how many are not, and what those add up to. */
export function outlined(values: number[]): { chosen: number[]; left: number; rest: number } {
  const chosen = worthWriting(values);
  const written_out = new Set(chosen);
  const rest = values.reduce((total, value, at) => (written_out.has(at) ? total : total + value), 0);
  return { chosen, left: values.length - chosen.length, rest };
}

/** The places of the terms that are written: not the zeros, not the small ones of many. */
function worthWriting(values: number[]): number[] {
  let places = values.flatMap((value, place) => (value !== 0 ? [place] : []));
  if (!places.length) places = [0];
  if (values.length - places.length === 1) places = values.map((_, place) => place);
  if (places.length > TERMS) {
    places = [...places]
      .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!))
      .slice(0, TERMS - 2);
  }
  return places.sort((a, b) => a - b);
}

/** An equation, or a part of one, within a line of text. */
export function math(...children: Tree[]): Tree {
  return m("math", {}, ...children);
}

/** The same with room for fractions and sums. */
export function display(...children: Tree[]): Tree {
  return m("math", { displaystyle: "true" }, ...children);
}
