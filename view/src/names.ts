// Names in the letters there is room for.

import type { Tree } from "./tree";
import { h } from "./tree";

/** Letters of a name beside or over the numbers of a table. */
const LETTERS = 20;

/** A path without the chain that a residual block holds: residual1.dense1 for residual1.chain1.dense1. */
export function brief(path: string): string {
  return path.replace(/\b(residual\d+)\.chain1\b/g, "$1");
}

/** A quantity's name in few letters: dW₂ for ∂E/∂W₂, residual1.dy for ∂E/∂residual1.y. */
export function short(text: string): string {
  return text.startsWith("∂E/∂") ? text.slice(4).replace(/([^.]+)$/, "d$1") : text;
}

/** A text in so many letters, its end left out where it is longer. */
export function clipped(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1).trimEnd()}…` : text;
}

/** The name of a row or column, in the letters there is room for. */
export function header(scope: "row" | "col", name: string): Tree {
  const text = clipped(name, LETTERS);
  return h("th", text === name ? { scope } : { scope, title: name, "aria-label": name }, text);
}
