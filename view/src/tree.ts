// A panel describes what it shows; only what differs from what stands there is changed in the page.
// Text reaches the page as text nodes only, never as markup.

import { activeIn } from "./root";

type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

/** An element as it should be. */
export interface Tree {
  tag: string;
  space: string;
  attributes: Attributes;
  children: Leaf[];
}
type Leaf = Tree | Node | string;
/** What may stand within an element; elements already made stay as they are. */
export type Child = Leaf | null | undefined | false | Child[];

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** What each element in the page shows. */
const shownBy = new WeakMap<EventTarget, Tree>();

const described = (space: string) => (tag: string, attributes: Attributes = {}, ...children: Child[]): Tree =>
  ({ tag, space, attributes, children: leaves(children, []) });

/** An HTML, an SVG and a MathML element. */
export const h = described(HTML);
export const s = described(SVG);
export const m = described(MATHML);

function leaves(children: Child[], found: Leaf[]): Leaf[] {
  for (const child of children) {
    if (Array.isArray(child)) leaves(child, found);
    else if (child !== null && child !== undefined && child !== false) found.push(child);
  }
  return found;
}

/** Let an element show these children, and keep the focus on what it was on. */
export function refill(element: Element, ...children: Child[]): void {
  const active = activeIn(element);
  const key = active && element.contains(active) ? active.getAttribute("data-key") : null;
  fill(element, leaves(children, []));
  if (key === null || (active!.isConnected && active!.getAttribute("data-key") === key)) return;
  const same = [...element.querySelectorAll<HTMLElement>("[data-key]")].find((one) => one.dataset.key === key);
  if (same) same.focus();
  else (active as HTMLElement).blur(); // it shows another thing now
}

function fill(parent: Element, children: Leaf[]): void {
  let at = parent.firstChild;
  for (const child of children) {
    if (!at || !fits(at, child)) {
      const made = grown(child);
      if (at) parent.replaceChild(made, at);
      else parent.appendChild(made);
      at = made.nextSibling;
    } else at = at.nextSibling;
  }
  while (at) {
    const after: ChildNode | null = at.nextSibling;
    at.remove();
    at = after;
  }
}

/** Whether a node shows a child, now that it was changed where it could be. */
function fits(node: ChildNode, child: Leaf): boolean {
  if (child instanceof Node) return node === child;
  if (typeof child === "string") {
    if (node.nodeType !== Node.TEXT_NODE) return false;
    if ((node as Text).data !== child) (node as Text).data = child;
    return true;
  }
  const old = shownBy.get(node);
  if (old === child) return true;
  if (!old || old.tag !== child.tag || old.space !== child.space) return false;
  shownBy.set(node, child);
  dress(node as Element, child.attributes, old.attributes);
  fill(node as Element, child.children);
  return true;
}

/** The node of a child. */
export function grown(child: Leaf): ChildNode {
  if (child instanceof Node) return child as ChildNode;
  if (typeof child === "string") return document.createTextNode(child);
  const element = document.createElementNS(child.space, child.tag);
  shownBy.set(element, child);
  dress(element, child.attributes, {});
  for (const inner of child.children) element.appendChild(grown(inner));
  return element;
}

function dress(element: Element, attributes: Attributes, old: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    const before = old[name];
    if (value === before) continue;
    if (typeof value === "function") {
      if (typeof before !== "function") element.addEventListener(name, run);
    } else if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
    // An option that a person chose no longer follows its attribute.
    if (name === "selected") (element as HTMLOptionElement).selected = value === true;
  }
  for (const name in old) if (!(name in attributes)) element.removeAttribute(name);
}

/** One listener for all: it calls what the element has for the event now. */
function run(event: Event): void {
  const handler = shownBy.get(event.currentTarget!)?.attributes[event.type];
  if (typeof handler === "function") (handler as (event: Event) => void)(event);
}

/** What was made last time for a place, where it was made of the same: equal trees cost nothing. */
export type Memo = <T>(place: string, of: readonly unknown[], make: () => T) => T;

export function newMemo(): Memo {
  const last = new Map<string, { of: readonly unknown[]; made: unknown }>();
  return <T>(place: string, of: readonly unknown[], make: () => T): T => {
    const before = last.get(place);
    if (before && before.of.length === of.length && before.of.every((one, at) => one === of[at])) return before.made as T;
    const made = make();
    last.set(place, { of, made });
    return made;
  };
}
