// Equations arrive as MathML text. They are rebuilt element by element from a list of allowed elements.

import type { Tree } from "./tree";
import { m } from "./tree";

const ALLOWED = new Set(
  ("math mrow mi mn mo mtext msub msup msubsup munder mover munderover mfrac msqrt mroot mtable mtr " +
    "mtd mspace").split(" "),
);

const TOKEN = /<(\/?)([a-z]+)(?: xmlns="[^"<>]*")?>|([^<>]+)/gy;
const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#x27;": "'" };

const known = new Map<string, Tree | null>();

/** The elements of a MathML text; null if it is not well-formed or has an element that is not allowed. */
export function parsed(text: string): Tree | null {
  let tree = known.get(text);
  if (tree === undefined) known.set(text, (tree = read(text)));
  return tree;
}

function read(text: string): Tree | null {
  const open: { name: string; children: (Tree | string)[] }[] = [{ name: "", children: [] }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (!token) return null;
    const [, closing, name, words] = token;
    const within = open[open.length - 1]!;
    if (words !== undefined) {
      const plain = words.replace(/&[^;]*;/g, (entity) => ENTITIES[entity] ?? entity);
      // A browser drops spaces at both ends of a text.
      within.children.push(within.name === "mtext" ? plain.replace(/^ | $/g, "\u00a0") : plain);
    } else if (!ALLOWED.has(name!)) {
      return null;
    } else if (!closing) {
      open.push({ name: name!, children: [] });
    } else {
      if (within.name !== name) return null;
      open.pop();
      const element = joined(name, within.children) ?? alone(name, within.children) ?? m(name, {}, ...within.children);
      open[open.length - 1]!.children.push(element);
    }
  }
  const [root, ...more] = open[0]!.children;
  return open.length === 1 && !more.length && root && typeof root !== "string" ? root : null;
}

/** Put the index and the exponent of one letter above each other: a₁ᵀ. */
function joined(name: string, [base, exponent]: (Tree | string)[]): Tree | null {
  if (name !== "msup" || !base || typeof base === "string" || base.tag !== "msub") return null;
  return m("msubsup", {}, ...base.children, exponent);
}

/** The only child of a row, which needs no row around it. */
function alone(name: string, [only, ...more]: (Tree | string)[]): Tree | null {
  const isLone = name === "mrow" && only && typeof only !== "string" && !more.length;
  return isLone && only.tag !== "mo" ? only : null; // the spaces around an operator depend on its row
}

/** An equation as MathML; as plain text if its MathML is not allowed. */
export function equation({ mathml, text }: { mathml: string; text: string }): Tree | string {
  return parsed(`<math>${mathml}</math>`) ?? text;
}
