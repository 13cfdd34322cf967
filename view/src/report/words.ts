// Sentences and numbers in words.

import { count, shown } from "../numbers";
import { number } from "../payload";
import type { Num } from "./payload";

/** An accuracy, an R², a probability: four decimals. */
export function ratio(value: Num | null | undefined): string {
  const found = value == null ? NaN : number(value);
  return Number.isFinite(found) ? found.toFixed(4).replace("-", "−") : "–";
}

/** A probability: never 0 or 1 where it is not. */
export function probability(value: Num | null | undefined): string {
  const found = value == null ? NaN : number(value);
  if (found > 0 && found < 0.00005) return "<0.0001";
  if (found < 1 && found >= 0.99995) return ">0.9999";
  return ratio(value);
}

/** A part in percent, its digits no finer than the rows it is of. */
export function percent(part: number): string {
  if (part === 0 || part === 1) return `${part * 100} %`;
  const digits = part > 0.999 || part < 0.001 ? 2 : part > 0.99 || part < 0.1 ? 1 : 0;
  return `${(part * 100).toFixed(digits)} %`;
}

/** A quantity: four significant digits, thousands apart. */
export function quantity(value: Num | null | undefined): string {
  if (value == null) return "–";
  const found = number(value);
  if (Number.isFinite(found) && Math.abs(found) >= 1000 && Math.abs(found) < 1e15) {
    return (found < 0 ? "−" : "") + count(Math.round(Math.abs(found)));
  }
  return shown(found);
}

/** How many, with the noun. */
export function many(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A name that may be long or empty, as a label. */
export function label(name: string, longest = 24): string {
  const plain = name.replace(/\s+/g, " ").trim() || "(empty)";
  const letters = [...plain];
  return letters.length <= longest ? plain : `${letters.slice(0, longest - 1).join("")}…`;
}
