// The numbers and the short phrases that the report's sentences are made of. A rounded number never
// reads as 0, 1, 0 % or 100 % unless it is exactly that.

import { count, shown } from "../numbers";
import { number } from "../payload";
import type { JsonNumber } from "./payload";

/** An accuracy, an R² or a probability, with four decimals or fewer: 0.9733, >0.9999, 0.97. */
export function ratio(value: JsonNumber | null | undefined, decimals = 4): string {
  const found = value == null ? NaN : number(value);
  if (!Number.isFinite(found)) return "–";
  const last = 10 ** -decimals;
  if (found < 1 && found >= 1 - last / 2) return `>${(1 - last).toFixed(decimals)}`;
  if (found !== 0 && Math.abs(found) < last / 2) return `${found > 0 ? "<" : ">−"}${last.toFixed(decimals)}`;
  return found.toFixed(decimals).replace("-", "−");
}

/** A share as a percentage, with more decimals near 0 and 100: 97 %, 99.94 %, >99.99 %. */
export function percent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  const value = share * 100;
  if (value < 0.005) return "<0.01 %";
  if (value >= 99.995) return ">99.99 %";
  const decimals = value > 99.9 || value < 0.0995 ? 2 : value > 99 || value < 9.95 ? 1 : 0;
  return `${value.toFixed(decimals)} %`;
}

/** A quantity: four significant digits; from 1,000 on a whole number with its thousands apart. */
export function quantity(value: JsonNumber | null | undefined): string {
  if (value == null) return "–";
  const found = number(value);
  const size = Math.abs(found);
  if (size >= 999.95 && size < 1e15) return (found < 0 ? "−" : "") + count(Math.round(size));
  return shown(found);
}

/** A count and its noun: 1 row, 1,797 rows. */
export function many(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

/** A time in seconds, in words. It is rounded first, so that 59.7 s is 1 min 0 s. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.05) return "less than 0.1 s";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A name that may be long or empty, shortened to a label. */
export function label(name: string, longest = 24): string {
  const plain = name.replace(/\s+/g, " ").trim() || "(empty)";
  const letters = [...plain];
  return letters.length <= longest ? plain : `${letters.slice(0, longest - 1).join("")}…`;
}
