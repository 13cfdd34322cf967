// The formula of one number. Its four kinds are those of explaining/formula.py: Cell, Constant,
// Applied and Total.

import type { Quantity } from "./payload";
import { computed } from "./primitives/compute";
import { sumOf } from "./primitives/tensor";
import { address } from "./step";

/** A place along each axis; a letter stands for the places that a sum runs over. */
export type CellIndex = (number | string)[];

export interface Constant {
  kind: "constant";
  value: number;
}
export interface Cell {
  kind: "cell";
  quantity: Quantity;
  index: CellIndex;
}
export interface Applied {
  kind: "applied";
  op: string;
  args: Formula[];
  pick?: number | string;
}
export interface Total {
  kind: "total";
  mean: boolean;
  letter: string;
  size: number;
  body: Formula;
}
export type Formula = Constant | Cell | Applied | Total;
export type Lookup = (quantity: Quantity, index: number[]) => number | undefined;

/** Whether two formulas are the same. */
export function same(a: Formula, b: Formula): boolean {
  if (a.kind === "cell" && b.kind === "cell") {
    return a.quantity === b.quantity && a.index.join() === b.index.join();
  }
  if (a.kind === "constant" && b.kind === "constant") return a.value === b.value;
  if (a.kind === "applied" && b.kind === "applied") {
    return (
      a.op === b.op &&
      a.pick === b.pick &&
      a.args.length === b.args.length &&
      a.args.every((arg, place) => same(arg, b.args[place]!))
    );
  }
  return a.kind === "total" && b.kind === "total" && a.letter === b.letter && same(a.body, b.body);
}

/** The formula with a number in the place of a running index. */
export function bound(formula: Formula, letter: string, place: number): Formula {
  switch (formula.kind) {
    case "constant":
      return formula;
    case "cell":
      return { ...formula, index: formula.index.map((at) => (at === letter ? place : at)) };
    case "total":
      return { ...formula, body: bound(formula.body, letter, place) };
    case "applied":
      return {
        ...formula,
        args: formula.args.map((arg) => bound(arg, letter, place)),
        ...(formula.pick === letter ? { pick: place } : {}),
      };
  }
}

/** One term of a sum. */
export const termOf = (total: Total, place: number) => bound(total.body, total.letter, place);

/** The terms of a sum, in order. */
export function termsOf(total: Total): Formula[] {
  return Array.from({ length: total.size }, (_, place) => termOf(total, place));
}

/** The value of each running index. */
type IndexValues = Record<string, number>;
const NO_INDEX_VALUES: IndexValues = {};
const placeOf = (at: number | string, values: IndexValues) => (typeof at === "string" ? values[at]! : at);

/** The value of a formula on the numbers of the step; undefined if the page lacks one of them. */
export function evaluated(formula: Formula, look: Lookup, indices = NO_INDEX_VALUES): number | undefined {
  if (formula.kind === "constant") return formula.value;
  if (formula.kind === "cell") return look(formula.quantity, formula.index.map((at) => placeOf(at, indices)));
  const found = formula.kind === "total" ? valuesOf(formula, look, indices)
    : formula.args.map((arg) => evaluated(arg, look, indices));
  if (found.includes(undefined)) return undefined;
  const values = found as number[];
  if (formula.kind === "total") return formula.mean ? sumOf(values) / formula.size : sumOf(values);
  return computed(formula.op, values, formula.pick === undefined ? 0 : placeOf(formula.pick, indices));
}

const lastOf = new WeakMap<Total, { look: Lookup; values: (number | undefined)[] }>();

/** The values of a sum's terms, in order. The last ones are remembered: several panels ask for them. */
export function valuesOf(total: Total, look: Lookup, indices = NO_INDEX_VALUES): (number | undefined)[] {
  const last = lastOf.get(total);
  if (indices === NO_INDEX_VALUES && last?.look === look) return last.values;
  const values = Array.from({ length: total.size }, (_, place) =>
    evaluated(total.body, look, { ...indices, [total.letter]: place }));
  if (indices === NO_INDEX_VALUES) lastOf.set(total, { look, values });
  return values;
}

/** The cells in a formula, each once, in order. Running indices stay letters. */
export function cellsOf(formula: Formula, found = new Map<string, Cell>()): Cell[] {
  if (formula.kind === "cell") {
    const key = address(formula.quantity.path, formula.index as number[]);
    if (!found.has(key)) found.set(key, formula);
  } else if (formula.kind === "applied") {
    formula.args.forEach((arg) => cellsOf(arg, found));
  } else if (formula.kind === "total") {
    cellsOf(formula.body, found);
  }
  return [...found.values()];
}

/** The outermost sum in a formula; null if there is none. */
export function sumIn(formula: Formula): Total | null {
  if (formula.kind === "total") return formula;
  if (formula.kind !== "applied") return null;
  for (const arg of formula.args) {
    const found = sumIn(arg);
    if (found) return found;
  }
  return null;
}
