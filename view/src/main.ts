// The page as a host: it has the data in a block beside the program, and the state in its hash.

import { agrees } from "./rounding";
import { cellFormula } from "./primitives/cells";
import type { Formula } from "./formula";
import { evaluated, termsOf } from "./formula";
import { evaluate } from "./primitives/compute";
import { mount } from "./mount";
import * as numbers from "./numbers";
import type { Payload } from "./payload";
import type { Step } from "./step";
import { address } from "./step";
import { passWheelOn } from "./wheel";

/** Chromium allows 200 changes of the address in 30 seconds, Safari 100. */
const ADDRESS_MS = 120;

export { agrees, cellFormula, evaluate, evaluated, mount, numbers };

/** The addresses of the sources of a number: step.why(address).sources in Python. */
export function sources(step: Step, at: string): string[] {
  const [path, places] = at.replace("]", "").split("[") as [string, string?];
  const quantity = step.find(path)!;
  const formula = cellFormula(step, quantity.node, places ? places.split(",").map(Number) : []);
  const found = new Set<string>();
  const visit = (part: Formula): void => {
    if (part.kind === "cell") found.add(address(part.quantity.path, part.index as number[]));
    else if (part.kind !== "constant") (part.kind === "total" ? termsOf(part) : part.args).forEach(visit);
  };
  visit(formula);
  return [...found];
}

/** Show the step of the page. */
export function start(): ReturnType<typeof mount> | null {
  const element = document.getElementById("clearprop");
  const data = document.getElementById("clearprop-data");
  if (!element || !data) return null;
  const payload = JSON.parse(data.textContent ?? "") as Payload;
  const hasAddress = location.protocol !== "about:";
  if (!hasAddress) passWheelOn();
  return mount(element, {
    payload,
    ...(hasAddress && {
      address: () => location.hash,
      setAddress: addressWriter(),
      onAddress: (listener: (text: string) => void) =>
        window.addEventListener("hashchange", () => listener(location.hash)),
    }),
  });
}

/** Write the address when the reader stays at a moment: browsers limit how often it may change. */
function addressWriter(): (text: string) => void {
  let timer: number | undefined;
  return (text) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (text !== location.hash) history.replaceState(null, "", text);
    }, ADDRESS_MS);
  };
}

export const app = typeof document === "undefined" ? null : start();
