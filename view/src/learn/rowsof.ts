// The rows of a data set as the training has them.

import type { Rows } from "./engine/trainer";
import type { DataSet, MeanAndSd } from "./payload";
import { rowsIn } from "./payload";

/**
 * The rows of a data set at a level of noise, standardised if asked: those of the training, those held out, and
 * how each input was standardised.
 */
export function rowsOf(data: DataSet, level: number, scaling = false): [Rows, Rows | null, (MeanAndSd | null)[]] {
  const blur = (rows: number[][], isBlurred: boolean) => data.noise && isBlurred
    ? rows.map((row, at) => row.map((value, place) => value + level * data.noise![at]![place]!)) : rows;
  const x = blur(rowsIn(data.x, data.inputs.length), data.kind === "classes");
  const t = blur(rowsIn(data.t, data.outputs.length), data.kind === "numbers");
  const part = (from: number, to: number): Rows => ({
    count: to - from, inputs: data.inputs.length, outputs: data.outputs.length,
    x: Float64Array.from(x.slice(from, to).flat()), t: Float64Array.from(t.slice(from, to).flat()),
    ...(data.weights ? { weights: Float64Array.from(data.weights.slice(from, to)) } : {}),
  });
  const end = x.length - data.held;
  const [rows, held] = [part(0, end), data.held ? part(end, x.length) : null];
  const before = data.scaled?.inputs ?? data.inputs.map(() => null);
  const scales = scaling ? standardise(rows, held).map((own, at) => composed(before[at] ?? null, own)) : before;
  return [rows, held, scales];
}

/** Two scales, one after the other. */
const composed = (first: MeanAndSd | null, { mean, sd }: MeanAndSd): MeanAndSd => (first ? { mean: first.mean + first.sd * mean, sd: first.sd * sd } : { mean, sd });

/** Give each input mean 0 and standard deviation 1 over the rows of the training; one of a single value becomes 0. */
function standardise(rows: Rows, held: Rows | null): MeanAndSd[] {
  const { inputs, count } = rows;
  return Array.from({ length: inputs }, (_, at) => {
    const own = Array.from({ length: count }, (_, row) => rows.x[row * inputs + at]!);
    const mean = own.reduce((sum, one) => sum + one, 0) / count;
    const spread = Math.sqrt(own.reduce((sum, one) => sum + (one - mean) ** 2, 0) / count) || 1;
    for (const { x, count: all } of held ? [rows, held] : [rows])
      for (let row = 0; row < all; row++) x[row * inputs + at] = (x[row * inputs + at]! - mean) / spread;
    return { mean, sd: spread };
  });
}

/** A number as the table has it, but for rounding. */
export const unscaled = ({ mean, sd }: MeanAndSd, value: number) => Number((value * sd + mean).toPrecision(12));
