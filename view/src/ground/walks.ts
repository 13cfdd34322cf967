// Paths over the ground: the trail so far, the walker, and one look for each of a dozen.

import { h, s } from "../dom";
import type { Spot } from "./levels";

const LINES = 12;
/** The CSS class of a path's line and mark: see ground.css. */
export const lineOf = (walker: number) => `w${walker % LINES}`;

/** The trail of a walker through spots of the picture, with a dot at each where they are few. */
export function trail(spots: Spot[], isFew: boolean): Element[] {
  const d = spots.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  return [s("path", { class: "trail", d }),
    ...(isFew ? spots.slice(0, -1).map(([x, y]) => s("circle", { class: "trod", cx: x, cy: y, r: 2 })) : [])];
}

/** A button that chooses a walker, with the look of its line. */
export function walkerButton(walker: number, name: string, isOn: boolean, follow: () => void): HTMLElement {
  return h("button", { type: "button", class: isOn ? "on" : null, "data-key": `walker ${walker}`, "aria-pressed": String(isOn), click: follow },
    h("span", { class: `mark ${lineOf(walker)}`, "aria-hidden": "true" }), name);
}
