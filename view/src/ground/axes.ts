// The numbers at both axes of a picture, and what the axes are called.

import { s } from "../dom";
import { shown } from "../numbers";
import { linear } from "../report/ticks";
import type { PlotFrame } from "./frame";
import { MARGIN } from "./frame";

type Range = [number, number];

/** Ticks and names; the lines across a curve help to read its height. */
export function axes(frame: PlotFrame, [low, high]: Range, [bottom, top]: Range, names: [string, string], hasLines: boolean): Element[] {
  const across = linear(low, high, frame.width / 110).map((p) =>
    s("text", { class: "tick", x: frame.x(p), y: frame.height - 8, "text-anchor": "middle" }, shown(p)));
  const up = linear(bottom, top, 4).flatMap((p) => [
    s("text", { class: "tick", x: MARGIN.left - 8, y: frame.y(p) + 4, "text-anchor": "end" }, shown(p)),
    ...(hasLines ? [s("line", { class: "hair", x1: MARGIN.left, x2: frame.width - MARGIN.right, y1: frame.y(p), y2: frame.y(p) })] : []),
  ]);
  return [...across,
    s("text", { class: "tick name", x: frame.width - MARGIN.right, y: frame.height - MARGIN.bottom - 6, "text-anchor": "end" }, names[0]),
    s("text", { class: "tick name", x: MARGIN.left + 4, y: MARGIN.top - 4 }, names[1]),
    ...up];
}
