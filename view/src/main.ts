// The page as a host: its numbers stand in the block beside the program, its address in the hash.

import { agrees } from "./check";
import { cellFormula } from "./cells";
import { evaluated } from "./formula";
import { evaluate } from "./graph";
import { mount } from "./mount";
import * as numbers from "./numbers";
import type { Payload } from "./payload";

export { agrees, cellFormula, evaluate, evaluated, mount, numbers };

/** Show the step that the page holds. */
export function start(): ReturnType<typeof mount> | null {
  const element = document.getElementById("clearprop");
  const data = document.getElementById("clearprop-data");
  if (!element || !data) return null;
  const payload = JSON.parse(data.textContent ?? "") as Payload;
  const hasAddress = location.protocol !== "about:";
  return mount(element, {
    payload,
    ...(hasAddress && {
      address: () => location.hash,
      goto: (text: string) => {
        if (text !== location.hash) history.replaceState(null, "", text);
      },
      moved: (listener: (text: string) => void) =>
        window.addEventListener("hashchange", () => listener(location.hash)),
    }),
  });
}

export const app = typeof document === "undefined" ? null : start();
