// Why the number in focus is as it is, in one sentence: which output missed its target, which rows
// pull, which term is the largest.

import type { App } from "./app";
import type { Formula, Total } from "./formula";
import { cellsOf, sumIn, valuesOf } from "./formula";
import { shown } from "./numbers";
import { cellFormula } from "./primitives/cells";
import type { Step } from "./step";
import { changeSentence } from "./update";

/** The sentence; empty where there is nothing to say. */
export function reasonOf(app: App): string {
  const { step, focus: { quantity, index } } = app;
  const value = step.at(quantity, index);
  if (value === undefined || !Number.isFinite(value) || step.isGiven(quantity)) return "";
  const changed = changeSentence(app);
  if (changed) return changed;
  const formula = cellFormula(step, quantity.node, index);
  const isError = quantity.phase === "backward" && quantity.axes[0] === "row";
  if (isError) {
    const miss = missed(app, formula);
    if (miss) return miss;
    if (value === 0) return `No error comes back here for ${step.label(quantity, 0, index[0]!)}.`;
  }
  const sum = sumIn(formula);
  if (!sum) return "";
  const values = valuesOf(sum, (of, at) => step.at(of, at));
  if (values.includes(undefined) || values.length < 2) return "";
  const isPull = quantity.phase === "backward" && !isError;
  return isPull ? pulls(step, sum, values as number[]) : largest(step, sum, values as number[]);
}

/** An output beside its target; empty if the formula does not hold both. */
function missed(app: App, formula: Formula): string {
  const cells = cellsOf(formula);
  const made = app.step.find("p") ?? app.step.find("o");
  const [output, target] = [made, app.step.find("t")].map((of) => cells.find((cell) => cell.quantity === of));
  const [row, unit] = (output?.index ?? []) as number[];
  if (!output || !target || output.index.join() !== target.index.join() || unit === undefined) return "";
  const [is, ought] = [output, target].map((cell) => app.step.at(cell.quantity, cell.index as number[])!) as [number, number];
  const where = `${app.step.label(output.quantity, 1, unit)} is ${shown(is)} for ${app.step.label(output.quantity, 0, row!)}`;
  if (is === ought) return `${where}, as its target is.`;
  return `${where}, and its target is ${shown(ought)}: too ${is > ought ? "high" : "low"}.`;
}

/** What the rows ask for. A negative contribution asks to raise the number: the loss then falls. */
function pulls(step: Step, sum: Total, values: number[]): string {
  const [up, down] = [values.filter((one) => one < 0).length, values.filter((one) => one > 0).length];
  if (!up && !down) return "No row asks for a change.";
  const loudest = strongestOf(values);
  const asks = (many: number, all: string) => (many === values.length ? all : `${many} of ${values.length} rows ${many === 1 ? "asks" : "ask"}`);
  const wish = !down ? `${asks(up, "All rows ask")} to raise it` : !up ? `${asks(down, "All rows ask")} to lower it`
    : `${asks(up, "")} to raise it, ${down} to lower it`;
  return `${wish}; ${termName(step, sum, loudest)} pulls most, ${shown(values[loudest]!)}.`;
}

function largest(step: Step, sum: Total, values: number[]): string {
  const place = strongestOf(values);
  if (values[place] === 0) return "";
  return `The largest of its ${values.length} terms is that of ${termName(step, sum, place)}: ${shown(values[place]!)}.`;
}

function strongestOf(values: number[]): number {
  return values.reduce((best, value, place) => (Math.abs(value) > Math.abs(values[best]!) ? place : best), 0);
}

/** The name of a term of a sum: that of the row, the unit or the input that it runs over. */
export function termName(step: Step, sum: Total, place: number): string {
  const named = cellsOf(sum.body).find((cell) => cell.index.includes(sum.letter));
  return named ? step.label(named.quantity, named.index.indexOf(sum.letter), place) : `term ${place}`;
}
