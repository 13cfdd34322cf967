// The slope as an arrow on a map: it points downhill, and is as long as the slope is steep.

import { h, s } from "../dom";
import { shown } from "../numbers";
import { linear } from "../report/ticks";

/** The largest slope has this part of the picture's width as its arrow. */
const LONGEST = 0.14;

/** The largest finite slope, as what all arrows of a path are measured by. */
export const steepest = (slopes: number[]) => Math.max(...slopes.filter(Number.isFinite), 1e-300);

/** The length of an arrow in pixels: as many times longer as the slope is steeper. */
export const arrowLength = (most: number, width: number, steep: number) => (LONGEST * width * steep) / most;

/** An arrow from a point in the direction (dx, dy) of the screen; nothing where it is too short to be seen. */
export function arrow(x: number, y: number, [dx, dy]: [number, number], length: number): Element {
  if (!(length >= 0.5)) return s("g");
  const long = Math.hypot(dx, dy);
  const [a, b] = [(dx / long) * length, (dy / long) * length];
  const head = Math.min(7, length / 2);
  const [c, e] = [(dx / long) * head, (dy / long) * head];
  return s("path", { class: "slope",
    d: `M${x} ${y}l${a} ${b}m${-c - e * 0.6} ${-e + c * 0.6}l${c + e * 0.6} ${e - c * 0.6}l${-c + e * 0.6} ${-e - c * 0.6}` });
}

/** The arrow's scale, and the present slope, for it may be too short to be seen. */
export function arrowScale(most: number, width: number, now: number, words = "The arrow points downhill, as long as the slope: "): Element {
  const [round] = linear(0, most, 2).slice(-1);
  const bar = h("span", { class: "arrow-scale" });
  bar.style.width = `${arrowLength(most, width, round!).toFixed(1)}px`;
  return h("p", { class: "small quiet arrow" }, words, bar, ` is a slope of ${shown(round!)}; here it is ${shown(now)}.`);
}
