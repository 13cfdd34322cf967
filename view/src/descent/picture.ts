// The picture: the ground, the part of it that is visible in the fog, and the walkers.

import { arrow, arrowLength, arrowScale, steepest } from "../ground/arrow";
import { axes } from "../ground/axes";
import { curve } from "../ground/curve";
import type { PlotFrame } from "../ground/frame";
import { frameOfCurve, frameOfMap, heightOfCurve, heightOfMap, MARGIN, roomy, whenWide } from "../ground/frame";
import type { Spot } from "../ground/levels";
import type { Heights } from "../ground/map";
import { contours, legend, shades } from "../ground/map";
import { lineOf, trail } from "../ground/walks";
import { h, s } from "../dom";
import { shown } from "../numbers";
import { extent } from "../report/ticks";
import type { Descent, Walk } from "./payload";
import { value } from "./payload";
import type { DescentState } from "./state";
import { refill } from "../tree";

/** How far a walker sees in the fog, as a share of the width. */
const SIGHT = 0.045;

/** The picture in an element, drawn again whenever the state or the width changes. */
export function picture(state: DescentState): HTMLElement {
  const box = h("div", { class: "ground" });
  let frame: PlotFrame | undefined;
  let ground: Element[] = [];
  const draw = () => {
    if (frame) refill(box, ...drawn(state, frame, ground));
  };
  // A click, or dragging, takes the walk from there.
  const drag = (event: PointerEvent) => {
    if (!frame || !state.canTry || !(event.buttons & 1)) return;
    const edge = box.getBoundingClientRect();
    state.tryStart(frame.position(event.clientX - edge.left, event.clientY - edge.top));
  };
  box.classList.toggle("live", state.canTry);
  box.addEventListener("pointerdown", (event) => {
    if (state.canTry && event.isPrimary) box.setPointerCapture(event.pointerId);
    drag(event);
  });
  box.addEventListener("pointermove", drag);
  whenWide(box, (width) => {
    frame = frameOf(state.descent, width);
    ground = groundOf(state.descent, frame); // once for all steps
    draw();
  });
  state.listen(draw);
  return box;
}

const isFlat = ({ landscape }: Descent) => landscape.dimensions === 1;
const rangesOf = ({ landscape }: Descent) => landscape.box as [[number, number], [number, number]];
const heightsOf = ({ landscape }: Descent) => (landscape.ground.heights as number[]).map(value);
const mapOf = ({ landscape }: Descent) => landscape.ground as Heights;

function frameOf(descent: Descent, width: number): PlotFrame {
  if (!isFlat(descent)) return frameOfMap(rangesOf(descent), width, heightOfMap(width));
  return frameOfCurve(rangesOf(descent)[0], heightsOf(descent), width, heightOfCurve(width));
}

function groundOf(descent: Descent, frame: PlotFrame): Element[] {
  if (isFlat(descent)) return [curve(descent.landscape.ground.axes[0]!, heightsOf(descent), frame)];
  return [...shades(mapOf(descent), frame), ...contours(mapOf(descent), frame, 2), ...basinsOf(descent, frame)];
}

function drawn(state: DescentState, frame: PlotFrame, ground: Element[]): (Element | null | false)[] {
  const { descent } = state;
  const { width, height } = frame;
  const [across, up] = rangesOf(descent);
  const scale = isFlat(descent) ? roomy(extent(heightsOf(descent)) ?? [0, 1]) : up;
  const names: [string, string] = [descent.coordinates[0]!, isFlat(descent) ? "height h" : descent.coordinates[1]!];
  const scales = () => axes(frame, across, scale, names, isFlat(descent));
  const svg = s("svg", { class: "picture", role: "img", width, height, viewBox: `0 0 ${width} ${height}`,
    "aria-label": description(state) },
    s("clipPath", { id: "sight" }, sightOf(state, frame)),
    state.fog && s("rect", { class: "fog", x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom }),
    state.fog && s("g", { class: "seen" }, sightOf(state, frame)),
    isFlat(descent) && scales(),
    s("g", state.fog ? { "clip-path": "url(#sight)" } : {}, ground),
    !isFlat(descent) && scales(),
    isFlat(descent) && basinStrip(descent, frame),
    !state.fog && minima(descent, frame),
    !state.fog && dropped(state, frame),
    state.walks.map((walk, walker) => walkOf(state, walk, walker, frame)));
  return [svg, isFlat(descent) || !descent.walks.length ? null : arrowScale(steepestOf(state.walk!), width, slopeNow(state)),
    !isFlat(descent) && !state.fog && legend(mapOf(descent), "height", "lines join equal heights. ", minimaWords(descent))];
}

function minimaWords({ landscape: { minima } }: Descent): string {
  const isMixed = minima.some((one) => !one.lowest) && minima.some((one) => one.lowest);
  return minima.length ? `⟂ marks a known minimum${isMixed ? ", a bold one a lowest." : "."}` : "";
}

/** The part of the ground that the walkers see in the fog: a small area around each. */
function sightOf(state: DescentState, frame: PlotFrame): Element[] {
  const wide = SIGHT * frame.width;
  return state.walks.map((walk) => {
    const [x, y] = spot(state, walk, state.at(walk), frame);
    if (state.descent.landscape.dimensions === 1) return s("rect", { x: x - wide, y: MARGIN.top, width: 2 * wide, height: frame.height - MARGIN.top - MARGIN.bottom });
    return s("circle", { cx: x, cy: y, r: wide });
  });
}

function spot(state: DescentState, walk: Walk, step: number, frame: PlotFrame): Spot {
  const p = walk.positions[step]!.map(value);
  const up = state.descent.landscape.dimensions === 1 ? value(walk.heights[step]!) : p[1]!;
  const [x, y] = [frame.x(p[0]!), frame.y(up)];
  return [Number.isFinite(x) ? x : -99, Number.isFinite(y) ? Math.max(-99, Math.min(y, frame.height + 99)) : -99];
}

function walkOf(state: DescentState, walk: Walk, walker: number, frame: PlotFrame): Element {
  const now = state.at(walk);
  const spots = Array.from({ length: now + 1 }, (_, step) => spot(state, walk, step, frame));
  const [x, y] = spots[now]!;
  const isFollowed = walker === state.walker;
  const many = spots.length > 60 || state.walks.length > 6;
  return s("g", { class: `walk ${lineOf(walker)}${isFollowed ? " followed" : ""}` },
    trail(spots, !many),
    isFollowed && tangent(state, walk, now, frame, x, y),
    s("circle", { class: "walker", cx: x, cy: y, r: isFollowed ? 6 : 4 }),
    state.walks.length > 1 && s("text", { class: "number-of", x: x + 8, y: y - 6 }, String(walker + 1)));
}

/** The slope at the walker: a tangent on a curve, an arrow downhill on a map. */
function tangent(state: DescentState, walk: Walk, step: number, frame: PlotFrame, x: number, y: number): Element {
  const slope = walk.slopes[step]!.map(value);
  const reach = SIGHT * frame.width;
  if (state.descent.landscape.dimensions === 1) {
    const [dx, dy] = [frame.x(1) - frame.x(0), (frame.y(1) - frame.y(0)) * slope[0]!];
    const long = Math.hypot(dx, dy) || 1;
    const [a, b] = [(dx / long) * reach, (dy / long) * reach];
    return s("line", { class: "slope", x1: x - a, y1: y - b, x2: x + a, y2: y + b });
  }
  const downhill: Spot = [-(frame.x(1) - frame.x(0)) * slope[0]!, -(frame.y(1) - frame.y(0)) * slope[1]!];
  return arrow(x, y, downhill, arrowLength(steepestOf(walk), frame.width, Math.hypot(...slope)));
}

const steepestOf = (walk: Walk) => steepest(walk.slopes.map((one) => Math.hypot(...one.map(value))));
const slopeNow = (state: DescentState) => Math.hypot(...state.walk!.slopes[state.at(state.walk!)]!.map(value));

function minima(descent: Descent, frame: PlotFrame): Element[] {
  return descent.landscape.minima.map((one) => {
    const x = frame.x(one.point[0]!);
    const y = frame.y(descent.landscape.dimensions === 1 ? one.height : one.point[1]!);
    return s("path", { class: `minimum${one.lowest ? " lowest" : ""}`, d: `M${x - 5} ${y + 14}h10M${x} ${y + 8}v6` },
      s("title", {}, `${one.lowest ? "lowest" : "local"} minimum at ${one.point.map((p) => shown(p)).join(", ")}`));
  });
}

function dropped(state: DescentState, frame: PlotFrame): Element[] {
  const { dropped: all, landscape } = state.descent;
  if (!all) return [];
  const up = (p: number[]) => {
    if (landscape.dimensions === 2) return frame.y(p[1]!);
    const { axes: [at], heights } = landscape.ground;
    const place = Math.round(((p[0]! - at![0]!) / (at![at!.length - 1]! - at![0]!)) * (at!.length - 1));
    return frame.y(value((heights[Math.min(Math.max(place, 0), at!.length - 1)] ?? 0) as number));
  };
  const isDone = state.step === state.last;
  return (isDone ? all.ends : all.starts).map((one, place) => {
    const p = one.map(value);
    const kind = landscape.minima[all.basins[place]!]?.lowest ? "in-lowest" : all.basins[place]! >= 0 ? "in-local" : "lost";
    return s("circle", { class: `dropped ${kind}`, cx: frame.x(p[0]!), cy: up(p), r: 2.5 });
  });
}

const KINDS = 7;

export function classOfBasin(descent: Descent, basin: number): string {
  const minimum = descent.landscape.minima[basin];
  if (!minimum) return "basin none";
  const same = descent.landscape.minima.filter((one) => one.lowest === minimum.lowest);
  const step = KINDS - Math.round((same.indexOf(minimum) / Math.max(1, same.length - 1 || 1)) * 4);
  return `basin ${minimum.lowest ? "p" : "n"}${step}`;
}

function basinsOf(descent: Descent, frame: PlotFrame): Element[] {
  const map = descent.basins;
  if (!map) return [];
  const [xs, ys] = map.axes as [number[], number[]];
  const wide = frame.x(xs[1]!) - frame.x(xs[0]!);
  const tall = frame.y(ys[0]!) - frame.y(ys[1]!);
  return [s("g", { class: "basins" }, (map.basins as number[][]).flatMap((row, place) => row.map((basin, column) =>
    s("rect", { class: classOfBasin(descent, basin), x: frame.x(xs[column]!) - wide / 2, y: frame.y(ys[place]!) - tall / 2,
      width: wide + 0.5, height: tall + 0.5 }))))];
}

/** A strip below a curve: its colour at a start is that of the minimum where the walk ends. */
function basinStrip(descent: Descent, frame: PlotFrame): Element[] {
  const map = descent.basins;
  if (!map) return [];
  const xs = map.axes[0]!;
  const wide = frame.x(xs[1]!) - frame.x(xs[0]!);
  return (map.basins as number[]).map((basin, place) =>
    s("rect", { class: classOfBasin(descent, basin), x: frame.x(xs[place]!) - wide / 2, y: frame.height - MARGIN.bottom - 8,
      width: wide + 0.5, height: 8 }));
}

function description(state: DescentState): string {
  const { descent, walk } = state;
  if (!walk) return `${descent.landscape.name}: ${descent.headline}`;
  const now = state.at(walk);
  return `${descent.landscape.name}, ${walk.name}, step ${now}: at ${walk.positions[now]!.map((p) => shown(value(p))).join(", ")}, `
    + `height ${shown(value(walk.heights[now]!))}${state.fog ? ", in fog" : ""}`;
}
