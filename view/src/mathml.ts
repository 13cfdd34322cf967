// Equations that came as text, rebuilt element by element from what is allowed.

import { m } from "./dom";

const ALLOWED = new Set(
  ("math mrow mi mn mo mtext msub msup msubsup munder mover munderover mfrac msqrt mroot mtable mtr " +
    "mtd mspace").split(" "),
);

/** The elements of a MathML text; null where it is not well-formed or holds anything else. */
export function parsed(text: string): Element | null {
  const tree = new DOMParser().parseFromString(text, "application/xml");
  if (tree.querySelector("parsererror")) return null;
  return rebuilt(tree.documentElement);
}

function rebuilt(element: Element): Element | null {
  if (!ALLOWED.has(element.localName)) return null;
  const children: (Node | string)[] = [];
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      children.push(child.textContent ?? "");
    } else if (child instanceof Element) {
      const copy = rebuilt(child);
      if (!copy) return null;
      children.push(copy);
    }
  }
  return joined(element.localName, children) ?? m(element.localName, {}, ...children);
}

/** An index and an exponent of one letter stand above each other: a₁ᵀ. */
function joined(name: string, [base, exponent]: (Node | string)[]): Element | null {
  if (name !== "msup" || !(base instanceof Element) || base.localName !== "msub") return null;
  return m("msubsup", {}, ...base.childNodes, exponent);
}

/** An equation as MathML, or as plain text where the browser is given something else. */
export function equation(mathml: string, text: string): Node {
  return parsed(mathml) ?? document.createTextNode(text);
}
