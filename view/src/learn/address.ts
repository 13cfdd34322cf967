// The state in the address: a link opens the same training at the same step with the same weight followed.

import type { Knobs } from "./knobs";
import { MOST_LAYERS, MOST_UNITS, firstKnobs } from "./knobs";
import type { Lab } from "./lab";

/** A link may ask for at most so many steps: they are taken when the page opens. */
const MOST_STEPS = 20000;

export function written(lab: Lab): string {
  const first = firstKnobs(lab.payload);
  const parts: string[] = [];
  for (const key of Object.keys(lab.knobs) as (keyof Knobs)[]) {
    const own = JSON.stringify(lab.knobs[key]);
    if (own !== JSON.stringify(first[key])) parts.push(`${key}=${encodeURIComponent(own)}`);
  }
  if (lab.trainer.step) parts.push(`step=${lab.trainer.step}`);
  parts.push(`follow=${encodeURIComponent(`${lab.followed.path}[${lab.followed.index.join(",")}]`)}`, `row=${lab.row}`);
  return `#${parts.join("&")}`;
}

/** Go where an address says; what it says wrongly is left out. */
export function read(lab: Lab, text: string): void {
  const parts = new Map(text.replace(/^#/, "").split("&").map((part) => part.split("=", 2) as [string, string]));
  if (!parts.has("follow")) return;
  const first = firstKnobs(lab.payload);
  const knobs: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(first)) {
    const asked = parsed(parts.get(key));
    if (asked !== undefined && fits(asked, value)) knobs[key] = asked;
  }
  if (!lab.payload.datasets.some((one) => one.name === knobs["data"])) return; // a table that only its reader has
  const before = lab.knobs;
  try {
    lab.turn(knobs as unknown as Knobs);
  } catch {
    lab.turn(before); // an address that this page did not write
    return;
  }
  const follow = /^([\w.]+)\[([\d,]+)\]$/.exec(decoded(parts.get("follow")!));
  const parameter = follow && lab.trainer.parameters.find((one) => one.path === follow[1]);
  const index = follow?.[2]!.split(",").map(Number) ?? [];
  if (parameter && index.length === parameter.shape.length && index.every((at, axis) => at < parameter.shape[axis]!)) lab.follow({ path: parameter.path, index });
  const row = Number(parts.get("row") ?? 0);
  if (Number.isInteger(row)) lab.hold(row);
  const step = Number(parts.get("step") ?? 0);
  if (Number.isInteger(step) && step > 0) lab.goTo(Math.min(step, MOST_STEPS));
}

function fits(asked: unknown, known: unknown): boolean {
  if (Array.isArray(asked)) return asked.length <= MOST_LAYERS && asked.every((one) => Number.isInteger(one) && one >= 1 && one <= MOST_UNITS);
  if (asked !== null && typeof asked === "object") return Object.values(asked).every((one) => ["number", "boolean"].includes(typeof one));
  return typeof asked === typeof known && (typeof asked !== "number" || (Number.isFinite(asked) && asked >= 0));
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(decoded(text));
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
