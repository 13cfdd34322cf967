// The loss along one axis through the point that is looked at, above the slider that moves it. On the map
// each grey covers as much ground, so that only here a slope is as steep as it is.

import { curve } from "../ground/curve";
import type { PlotFrame } from "../ground/frame";
import { whenWide } from "../ground/frame";
import { h, s } from "../dom";
import { shown } from "../numbers";
import { extent } from "../report/ticks";
import { refill } from "../tree";
import type { Axis } from "./payload";
import type { SurfaceState } from "./state";

/** The height of a cut, the room for its numbers, and for half a slider's knob at both ends. */
const [HEIGHT, LEFT, EDGE] = [72, 64, 8];

export function cut(state: SurfaceState, axis: Axis, place: number): HTMLElement {
  const box = h("div", { class: "cut" });
  let width = 0;
  const draw = () => {
    if (width > 0) refill(box, drawn(state, axis, place, width));
  };
  whenWide(box, (now) => {
    width = now;
    draw();
  });
  state.listen(draw);
  return box;
}

function drawn(state: SurfaceState, axis: Axis, place: number, width: number): Element {
  const { point, surface } = state;
  const losses = axis.values.map((_, at) => state.of(surface.heights, place ? [point[0], at] : [at, point[1]]));
  const known = losses.filter(Number.isFinite);
  const ends = known.length ? [...new Set([Math.min(...known), Math.max(...known)])] : [];
  const frame = frameOf(axis, extent(known) ?? [0, 1], width);
  const [x, y] = [frame.x(axis.values[point[place]!]!), frame.y(losses[point[place]!]!)];
  return s("svg", { class: "picture", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img",
    "aria-label": `loss along ${axis.letter} through the point, between ${ends.map((one) => shown(one, 3)).join(" and ")}` },
    ends.map((one) => [
      s("line", { class: "hair", x1: LEFT, x2: width, y1: frame.y(one), y2: frame.y(one) }),
      s("text", { class: "tick", x: LEFT - 8, y: frame.y(one) + 4, "text-anchor": "end" }, shown(one, 3)),
    ]),
    curve(axis.values, losses, frame),
    Number.isFinite(y) && s("circle", { class: "spot", cx: x, cy: y, r: 4 }));
}

function frameOf({ values }: Axis, [bottom, top]: [number, number], width: number): PlotFrame {
  const [low, high] = [values[0]!, values[values.length - 1]!];
  const x = (p: number) => LEFT + EDGE + ((p - low) / (high - low)) * (width - LEFT - 2 * EDGE);
  const y = (p: number) => HEIGHT - 8 - ((p - bottom) / (top - bottom)) * (HEIGHT - 16);
  return { width, height: HEIGHT, x, y, position: () => [] };
}
