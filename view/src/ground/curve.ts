// The ground as a curve over one direction.

import { s } from "../dom";
import type { PlotFrame } from "./frame";

/** A line through the heights; where one is not finite it has a gap. */
export function curve(at: number[], heights: number[], frame: PlotFrame): Element {
  let text = "";
  let pen = "M";
  at.forEach((p, place) => {
    const height = heights[place]!;
    if (!Number.isFinite(height)) return void (pen = "M");
    text += `${pen}${frame.x(p).toFixed(1)} ${frame.y(height).toFixed(1)}`;
    pen = "L";
  });
  return s("path", { class: "curve ground-line", d: text });
}
