// The coming step as the step page has it: quantities with names and numbers, so that the same code
// finds and writes the formula of each number.

import type { Payload, Quantity, Slips } from "../payload";
import { Step } from "../step";
import type { Tensor } from "../primitives/tensor";
import type { TaskSpec } from "./engine/definitions";
import type { StepProgram } from "./engine/trainer";
import type { NamedArray } from "./engine/compose";
import { Names, parted } from "./names";

export interface RowLabels {
  labels: string[];
  targets: string[];
}

/** A step of the training, computed but not taken. Its numbers are those of the program: they hold until it runs again. */
export function openedStep(
  program: StepProgram, task: TaskSpec, rows: RowLabels, inputs: string[], outputs: string[],
): Step {
  const parameters = new Set(program.parameters.map((one) => one.path));
  const names = new Names(task.network, parameters);
  const { shapes } = program.compiled;
  const quantities = program.arrays.map((array) => quantityOf(array, names, shapes[array.node]!, rows.labels.length, parameters));
  const payload = {
    nodes: program.graph.nodes, quantities, aliases: program.aliases, columns: [], layers: [],
    rows: rows.labels.map((label, place) => ({ label, target: rows.targets[place] ?? null, prediction: null, loss: 0, weight: 1 })),
    inputs: { names: inputs, image: null }, outputs: { names: outputs },
  } as unknown as Payload;
  const values: Tensor[] = [];
  for (const { node } of program.arrays) values[node] = { shape: shapes[node]!, data: program.compiled.at(node) };
  return new Step(payload, values);
}

/** Let a step have its slips, which are many, when a reader first asks for them; a copy of the payload has none. */
export function withSlips(payload: Payload, make: () => Slips | undefined): Payload {
  let slips: Slips | undefined;
  return Object.defineProperty(payload, "slips", { get: () => (slips ??= make()) });
}

function quantityOf(array: NamedArray, names: Names, shape: number[], rows: number, parameters: Set<string>): Quantity {
  return {
    path: array.path, node: array.node, phase: array.phase, layer: array.layer || null,
    symbol: names.of(array.path), meaning: names.meaning(array.path), shape, dtype: "float64",
    axes: axesOf(array, shape, rows, parameters),
  };
}

function axesOf({ path, phase, layer }: NamedArray, shape: number[], rows: number, parameters: Set<string>): string[] {
  const [owner, last] = parted(path);
  const isParameter = parameters.has(path) || parameters.has(`${owner}.${last.slice(1)}`) || phase === "update" || path.endsWith(".before");
  if (shape.length === 2) return isParameter ? ["input", "unit"] : ["row", last === "x" ? "input" : "unit"];
  if (shape.length === 1) return [!isParameter && !layer && shape[0] === rows ? "row" : "unit"];
  return [];
}
