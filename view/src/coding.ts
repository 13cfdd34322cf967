// A number of a raw table as the inputs that it becomes, and back: NumberCode.write of
// clearprop/tables/codes/number.py, then centred and scaled.

import type { NumberInputs } from "./payload";

/** The share of each piece between two edges that lies below the value. */
const shares = (edges: number[], value: number): number[] =>
  edges.slice(1).map((end, at) => Math.min(1, Math.max(0, (value - edges[at]!) / (end - edges[at]!))));

/** The inputs of a number. */
export function coded({ median, scale, squash, edges, hats, repeated, missing, center, factor }: NumberInputs, value: number): number[] {
  const z = (value - median) / scale;
  const after = shares(hats, value);
  const slopes = hats.map((_, at) => (at ? after[at - 1]! : 1) - (after[at] ?? 0));
  const own = repeated.map(([low, high]) => (low <= value && value <= high ? 1 : 0));
  const codes = [z / Math.sqrt(1 + (z / squash) ** 2), ...shares(edges, value), ...slopes, ...own, ...(missing ? [0] : [])];
  return codes.map((code, at) => (code - center[at]!) * factor[at]!);
}

/** The number whose first input this is. */
export function decoded({ median, scale, squash, center, factor }: NumberInputs, input: number): number {
  const code = input / factor[0]! + center[0]!;
  return median + (scale * code) / Math.sqrt(1 - (code / squash) ** 2);
}
