// Elements, made one by one: text reaches the page as text nodes only, never as markup.

import { activeIn } from "./root";
import type { Attributes, Tree } from "./tree";
import { grown } from "./tree";

export type Child = Tree | Node | string | null | false | undefined | Child[];

const SVG = "http://www.w3.org/2000/svg";

function made<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value as unknown as EventListener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, String(value));
    }
  }
  append(element, children);
  return element;
}

function append(parent: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child) parent.appendChild(grown(child));
  }
}

/** An HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return made(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return made(document.createElementNS(SVG, tag), attributes, children);
}

/** Put new children into an element, and the focus back to where it was. */
export function refill(element: Element, ...children: Child[]): void {
  const active = activeIn(element);
  const key = active && element.contains(active) ? active.getAttribute("data-key") : null;
  element.replaceChildren();
  append(element, children);
  if (key === null) return;
  for (const candidate of element.querySelectorAll("[data-key]")) {
    if (candidate.getAttribute("data-key") === key) (candidate as HTMLElement).focus();
  }
}
