// A training run without a page: what tests compare with the NumPy engine.

import type { Definitions } from "./definitions";
import type { Training } from "./trainer";
import { Trainer } from "./trainer";

interface PlainRows {
  x: number[][];
  t: number[][];
}

/** Take steps; return each step's loss and penalty, and all numbers after the last. */
export function run(definitions: Definitions, training: Training, rows: PlainRows, steps: number) {
  const trainer = new Trainer(definitions, training, {
    count: rows.x.length, inputs: rows.x[0]!.length, outputs: rows.t[0]!.length,
    x: Float64Array.from(rows.x.flat()), t: Float64Array.from(rows.t.flat()),
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
