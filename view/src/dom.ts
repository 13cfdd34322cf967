// Elements created at once, from the same descriptions that tree.ts compares.

import type { Attributes, Child } from "./tree";
import { created, h as describe, s as describeShape } from "./tree";

/** Create an HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return created(describe(tag, attributes, ...children)) as unknown as HTMLElementTagNameMap[K];
}

/** Create an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return created(describeShape(tag, attributes, ...children)) as unknown as SVGElementTagNameMap[K];
}
