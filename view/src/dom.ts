// Elements, made one by one: text reaches the page as text nodes only, never as markup.

export type Child = Node | string | null | false | undefined | Child[];
type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

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
    else if (typeof child === "string") parent.appendChild(document.createTextNode(child));
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

/** A MathML element. */
export function m(tag: string, attributes: Attributes = {}, ...children: Child[]): Element {
  return made(document.createElementNS(MATHML, tag), attributes, children);
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

/** The element with the focus in the document, or the shadow root, that an element stands in. */
export function activeIn(element: Element): Element | null {
  return (element.getRootNode() as Document | ShadowRoot).activeElement ?? null;
}

/** Whether an element stands in a page of somebody else's, apart from it in a shadow root. */
export function isGuest(element: Element): boolean {
  return element.getRootNode() instanceof ShadowRoot;
}
