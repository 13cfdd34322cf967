// Numbers and their names: as four significant digits, with all digits in the title.

import { h } from "../dom";
import { equals, exact, shown } from "../numbers";

/** A number in an element: a description or a cell of a table. */
export function told<Tag extends "dd" | "td">(tag: Tag, number: number, words?: string) {
  return h(tag, { class: words ? "mono" : "mono nowrap", title: exact(number) }, words ?? `${equals(number) === "≈" ? "≈ " : ""}${shown(number)}`);
}

/** A row of a list of facts. */
export const fact = (name: string, number: number): HTMLElement[] => [h("dt", {}, name), told("dd", number)];
