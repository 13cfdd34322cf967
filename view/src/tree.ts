// A panel describes its elements as a tree. `refill` compares the tree with the page and changes only
// what differs. Text reaches the page as text nodes only, never as markup.

import { activeIn } from "./root";

type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

/** The description of an element. */
export interface Tree {
  tag: string;
  space: string;
  attributes: Attributes;
  children: Leaf[];
}
type Leaf = Tree | Node | string;
/** What an element may contain. A node of the page is used as it is. */
export type Child = Leaf | null | undefined | false | Child[];

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The description of each element in the page. */
const treeOf = new WeakMap<EventTarget, Tree>();

const describer = (space: string) => (tag: string, attributes: Attributes = {}, ...children: Child[]): Tree =>
  ({ tag, space, attributes, children: flattened(children, []) });

/** Describe an HTML, an SVG or a MathML element. */
export const h = describer(HTML);
export const s = describer(SVG);
export const m = describer(MATHML);

function flattened(children: Child[], found: Leaf[]): Leaf[] {
  for (const child of children) {
    if (Array.isArray(child)) flattened(child, found);
    else if (child !== null && child !== undefined && child !== false) found.push(child);
  }
  return found;
}

/** Give an element these children, and keep the focus on the element with the same data-key. */
export function refill(element: Element, ...children: Child[]): void {
  const active = activeIn(element);
  const key = active && element.contains(active) ? active.getAttribute("data-key") : null;
  updateChildren(element, flattened(children, []));
  if (key === null || (active!.isConnected && active!.getAttribute("data-key") === key)) return;
  const same = [...element.querySelectorAll<HTMLElement>("[data-key]")].find((one) => one.dataset.key === key);
  if (same) same.focus();
  else (active as HTMLElement).blur(); // the element shows something else now
}

function updateChildren(parent: Element, children: Leaf[]): void {
  let at = parent.firstChild;
  for (const child of children) {
    if (!at || !updated(at, child)) {
      const made = created(child);
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

/** Change a node so that it shows a child; false if another node is needed. */
function updated(node: ChildNode, child: Leaf): boolean {
  if (child instanceof Node) return node === child;
  if (typeof child === "string") {
    if (node.nodeType !== Node.TEXT_NODE) return false;
    if ((node as Text).data !== child) (node as Text).data = child;
    return true;
  }
  const old = treeOf.get(node);
  if (old === child) return true;
  if (!old || old.tag !== child.tag || old.space !== child.space) return false;
  treeOf.set(node, child);
  setAttributes(node as Element, child.attributes, old.attributes);
  updateChildren(node as Element, child.children);
  return true;
}

/** Create the node of a child. */
export function created(child: Leaf): ChildNode {
  if (child instanceof Node) return child as ChildNode;
  if (typeof child === "string") return document.createTextNode(child);
  const element = document.createElementNS(child.space, child.tag);
  treeOf.set(element, child);
  setAttributes(element, child.attributes, {});
  for (const inner of child.children) element.appendChild(created(inner));
  return element;
}

function setAttributes(element: Element, attributes: Attributes, old: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    const before = old[name];
    if (value === before) continue;
    if (typeof value === "function") {
      if (typeof before !== "function") element.addEventListener(name, dispatch);
    } else if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
    // A field that the reader changed no longer follows its attribute, nor does an option that was chosen.
    if (name === "value" && element instanceof HTMLInputElement) element.value = String(value);
    if (name === "selected") (element as HTMLOptionElement).selected = value === true;
  }
  for (const name in old) if (!(name in attributes)) element.removeAttribute(name);
}

/** The listener of all events: it calls the current handler of the element. */
function dispatch(event: Event): void {
  const handler = treeOf.get(event.currentTarget!)?.attributes[event.type];
  if (typeof handler === "function") (handler as (event: Event) => void)(event);
}

/** Return the last result for a place if it was made from the same values, else make it anew. */
export type Memo = <T>(place: string, from: readonly unknown[], make: () => T) => T;

export function newMemo(): Memo {
  const last = new Map<string, { from: readonly unknown[]; made: unknown }>();
  return <T>(place: string, from: readonly unknown[], make: () => T): T => {
    const before = last.get(place);
    if (before && before.from.length === from.length && before.from.every((one, at) => one === from[at])) return before.made as T;
    const made = make();
    last.set(place, { from, made });
    return made;
  };
}
