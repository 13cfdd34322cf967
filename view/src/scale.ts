// One scale for signed numbers: blue above zero, orange below, as many steps each way. The colours
// are in view.css; here is only which step a number stands on.

export const LEVELS = 7;

/** The largest size among numbers, 0 where there is none. */
export function most(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** The class of a number on the scale that ends at ±`end`: p1 … p7, n1 … n7, z, or bad. */
export function level(value: number | undefined, end: number): string {
  if (value === undefined) return "none";
  if (!Number.isFinite(value)) return "bad";
  if (value === 0 || end === 0) return "z";
  const step = Math.ceil((Math.min(Math.abs(value), end) / end) * LEVELS);
  return `${value > 0 ? "p" : "n"}${Math.max(1, step)}`;
}
