// One colour scale for signed numbers: blue for positive, orange for negative, with the same number of
// steps on both sides. view.css has the colours; this module gives the step of a number.

export const LEVELS = 7;

/** The largest absolute value of the finite numbers; 0 if there are none. */
export function most(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** The CSS class of a number on the scale from −`end` to `end`: p1 … p7, n1 … n7, z, bad or none. */
export function level(value: number | undefined, end: number): string {
  if (value === undefined) return "none";
  if (!Number.isFinite(value)) return "bad";
  if (value === 0 || end === 0) return "z";
  const step = Math.ceil((Math.min(Math.abs(value), end) / end) * LEVELS);
  return `${value > 0 ? "p" : "n"}${Math.max(1, step)}`;
}
