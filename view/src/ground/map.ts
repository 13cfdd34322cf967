// The ground as a map: greys between levels, lines at the levels, and what they mean. The levels come with
// the heights (clearprop/descent/document.py); the picture of matplotlib has the same.

import { h, s } from "../dom";
import { shown } from "../numbers";
import type { JsonNumbers } from "../payload";
import { number } from "../payload";
import type { PlotFrame } from "./frame";
import { MARGIN } from "./frame";
import type { Grid, Spot } from "./levels";
import { above, linesAt } from "./levels";

/** A ground of two directions, as it comes. */
export interface Heights {
  axes: number[][];
  heights: JsonNumbers[];
  /** From the lowest to the highest height, with as much ground between each two. */
  levels: number[];
}

export function gridOf({ axes, heights }: Heights): Grid {
  return { xs: axes[0]!, ys: axes[1]!, rows: heights.map((row) => row.map(number)) };
}

const path = (spots: Spot[], frame: PlotFrame) =>
  `M${spots.map(([x, y]) => `${frame.x(x).toFixed(1)} ${frame.y(y).toFixed(1)}`).join("L")}`;

/** The ground in greys, dark where it is low: what is above each level is painted over what is below it. */
export function shades(ground: Heights, frame: PlotFrame): Element[] {
  const grid = gridOf(ground);
  return ground.levels.slice(0, -1).map((level, band) =>
    s("path", { class: `band b${band}`, d: above(grid, band ? level : -Infinity).map((one) => `${path(one, frame)}Z`).join("") }));
}

/** Lines of equal height, at every level between the ends or at every second. */
export function contours(ground: Heights, frame: PlotFrame, every = 1, name = "height"): Element[] {
  const grid = gridOf(ground);
  return inner(ground, every).map((level) =>
    s("path", { class: "contour", d: linesAt(grid, level).map((line) => path(line, frame)).join("") },
      s("title", {}, `${name} ${shown(level)}`)));
}

const inner = ({ levels }: Heights, every: number) => levels.slice(1, -1).filter((_, place) => place % every === every - 1);

/** A label is so far from another and from the picture's edge, in pixels. */
const [APART, INSIDE] = [56, 24];

/** The heights of the lines, each where it is farthest from others and from what shall stay free. */
export function labels(ground: Heights, frame: PlotFrame, free: Spot[]): Element[] {
  const grid = gridOf(ground);
  const taken = [...free];
  return inner(ground, 2).flatMap((level) => {
    const spots = linesAt(grid, level).flat().map(([x, y]): Spot => [frame.x(x), frame.y(y)]).filter(([x, y]) =>
      x > MARGIN.left + INSIDE && x < frame.width - MARGIN.right - INSIDE
      && y > MARGIN.top + INSIDE / 2 && y < frame.height - MARGIN.bottom - INSIDE / 2);
    const away = ([x, y]: Spot) => Math.min(1e9, ...taken.map(([u, v]) => Math.hypot(x - u, 2 * (y - v))));
    const best = spots.reduce<{ spot: Spot; far: number } | null>((found, spot) => {
      const far = away(spot);
      return !found || far > found.far ? { spot, far } : found;
    }, null);
    if (!best || best.far < APART) return [];
    taken.push(best.spot);
    return [s("text", { class: "level", x: best.spot[0].toFixed(1), y: (best.spot[1] + 4).toFixed(1), "text-anchor": "middle" }, shown(level, 3))];
  });
}

/** What the greys and the lines mean, with more words of the page. */
export function legend({ levels }: Heights, name: string, ...more: (Node | string | false)[]): Element {
  if (!levels.length) return h("div", { class: "heights small quiet" }, `no ${name} is finite`);
  const bands = levels.length - 1;
  const [low, high, middle] = [levels[0]!, levels[bands]!, levels[Math.floor(bands / 2)]!];
  return h("div", { class: "heights small quiet" },
    h("span", {}, `${name} `, shown(low, 3), " "),
    h("span", { class: "greys", role: "img", "aria-label": `${name} from ${shown(low, 3)} to ${shown(high, 3)} in ${bands} greys of equal area` },
      Array.from({ length: bands }, (_, band) => h("span", { class: `grey b${band}`, title: `${shown(levels[band]!, 3)} to ${shown(levels[band + 1]!, 3)}` }))),
    h("span", {}, " ", shown(high, 3), `; each grey covers as much ground, half is below ${shown(middle, 3)}; `),
    more);
}
