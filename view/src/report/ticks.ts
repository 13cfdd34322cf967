// The ticks of an axis: where they stand, and their labels.

import { shown } from "../numbers";
import { quantity } from "./words";

/** Round numbers between two numbers, about `wanted` of them. */
export function linear(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= rough * 0.999)!;
  const found: number[] = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place++) {
    found.push(Number((place * step).toPrecision(12)));
  }
  return found;
}

/** Whole numbers between two numbers. */
export function whole(low: number, high: number, wanted: number): number[] {
  return linear(low, high, wanted).filter(Number.isInteger);
}

/** Powers of ten between two positive numbers; 1, 2 and 5 times each power if there are few. */
export function logarithmic(low: number, high: number, wanted: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const skip = Math.max(1, Math.ceil((last - first) / (wanted + 1)));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = first; power <= last; power += skip) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) found.push(tick);
    }
  }
  return found.length > 1 ? found : linear(low, high, wanted);
}

/** Half the width of a digit of an axis, in pixels. */
const HALF_DIGIT = 3.6;

/** Where the middle of a label stands, so that all of it is within the width. */
export function labelPlace(x: number, label: string, width: number): number {
  const half = label.length * HALF_DIGIT;
  return Math.max(half, Math.min(x, width - half));
}

/** The label of a tick, with all its digits: neighbours may differ in the last one only. */
export function tickLabel(tick: number): string {
  return Number.isInteger(tick) ? quantity(tick) : shown(tick, 12);
}

/** The lowest and the highest finite number, kept apart if they are equal; null if there is none. */
export function extent(values: Iterable<number>): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  if (low === high) return [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
  return [low, high];
}
