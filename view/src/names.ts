// Names, shortened to the room there is for them.

import type { Tree } from "./tree";
import { h } from "./tree";

/** The longest name of a row or column of a table. */
const LONGEST = 20;

/** A path without the chain inside a residual block: residual1.dense1 for residual1.chain1.dense1. */
export function brief(path: string): string {
  return path.replace(/\b(residual\d+)\.chain1\b/g, "$1");
}

/** A short name of a quantity: dW₂ for ∂E/∂W₂, residual1.dy for ∂E/∂residual1.y. */
export function short(text: string): string {
  return text.startsWith("∂E/∂") ? text.slice(4).replace(/([^.]+)$/, "d$1") : text;
}

/** A text of at most so many letters; a longer one ends in "…". */
export function clipped(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1).trimEnd()}…` : text;
}

/** The header cell of a row or column, its name shortened if necessary. */
export function header(scope: "row" | "col", name: string): Tree {
  const text = clipped(name, LONGEST);
  return h("th", text === name ? { scope } : { scope, title: name, "aria-label": name }, text);
}
