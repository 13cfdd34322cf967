// A training run without a page: what tests compare with the NumPy engine.

import { SharedArrays, SlipGraph } from "../../slipgraph";
import type { Step } from "../../step";
import type { Definitions } from "./definitions";
import type { Training } from "./trainer";
import { Trainer } from "./trainer";

interface PlainRows {
  x: number[][];
  t: number[][];
  weights?: number[];
}

/** Take steps; return each step's loss and penalty, and all numbers after the last. */
export function run(definitions: Definitions, training: Training, rows: PlainRows, steps: number) {
  const trainer = new Trainer(definitions, training, {
    count: rows.x.length, inputs: rows.x[0]!.length, outputs: rows.t[0]!.length,
    x: Float64Array.from(rows.x.flat()), t: Float64Array.from(rows.t.flat()),
    ...(rows.weights ? { weights: Float64Array.from(rows.weights) } : {}),
  });
  const losses = Array.from({ length: steps }, () => trainer.advance());
  const predicted = trainer.predict(trainer.rows.x);
  return {
    losses,
    fixed: Object.fromEntries([...trainer.matrices].map(([path, numbers]) => [path, [...numbers]])),
    numbers: Object.fromEntries([...trainer.numbers].map(([path, numbers]) => [path, [...numbers]])),
    predictions: [...predicted.compiled.at(predicted.prediction)],
  };
}

/** What each known slip of a step makes of its quantities, by the slip's name and the path. */
export function slipNumbers(step: Step): Record<string, Record<string, number[]>> {
  const { slips: known, quantities } = step.payload;
  const shared = new SharedArrays(step);
  return Object.fromEntries(known!.slips.map((slip) => {
    const graph = new SlipGraph(step, known!.nodes, slip, shared);
    const changed = quantities.filter(({ path }) => slip.after![path] !== undefined);
    return [slip.name, Object.fromEntries(changed.map((one) => [one.path, placesOf(one.shape).map((index) => graph.value(one, index) ?? NaN)]))];
  }));
}

const placesOf = (shape: number[]): number[][] =>
  shape.reduce<number[][]>((places, size) => places.flatMap((place) => Array.from({ length: size }, (_, at) => [...place, at])), [[]]);
