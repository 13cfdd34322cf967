// The current row as the original picture. The network may have seen it standardised, or without the
// pixels that never change.

import type { App } from "./app";
import { ink } from "./ink";
import { number } from "./payload";

const SIDE = 48;

/** The current row as a picture, on one grey scale for all rows; null if the rows are not pictures. */
export function rowPicture(app: App): HTMLElement | null {
  const { rows } = app.step.payload;
  const { label, picture } = rows[app.row]!;
  if (!picture) return null;
  const all = rows.flatMap((row) => row.picture?.values.map(number) ?? []).filter(Number.isFinite);
  const low = all.reduce((one, other) => Math.min(one, other), Infinity);
  const high = all.reduce((one, other) => Math.max(one, other), -Infinity);
  const values = picture.values.map((value) => ((number(value) - low) / (high - low || 1)) * 255);
  return ink(values.map((value) => Math.round(value) || 0), picture.shape, SIDE, `${label} as it was given`);
}
