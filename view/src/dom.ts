// Elements at once, from the same descriptions that tree.ts compares.

import type { Attributes, Child } from "./tree";
import { grown, h as described, s as describedShape } from "./tree";

/** An HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return grown(described(tag, attributes, ...children)) as unknown as HTMLElementTagNameMap[K];
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return grown(describedShape(tag, attributes, ...children)) as unknown as SVGElementTagNameMap[K];
}
