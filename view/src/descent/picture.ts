// The picture: the ground, the part of it that is visible in the fog, and the walkers.

import { h, s } from "../dom";
import { shown } from "../numbers";
import { extent, linear } from "../report/ticks";
import type { Descent, Walk } from "./payload";
import { value } from "./payload";
import type { DescentState } from "./state";
import { refill } from "../tree";

const MARGIN = { left: 56, right: 16, top: 16, bottom: 32 };
/** How far a walker sees in the fog, as a share of the width. */
const SIGHT = 0.045;

interface PlotFrame {
  width: number;
  height: number;
  x: (position: number) => number;
  y: (position: number) => number;
  /** The position below a point of the picture, within the box. */
  position: (left: number, top: number) => number[];
}

/** A map is as high as the window leaves room for, beside the headline and the steps, but at least so high. */
const [AROUND, LOWEST] = [360, 300];

const LINES = 12;
/** The CSS class of a walk's line and mark: see descent.css. */
export const lineOf = (walker: number) => `w${walker % LINES}`;

/** The picture in an element, drawn again whenever the state or the width changes. */
export function picture(state: DescentState): HTMLElement {
  const box = h("div", { class: "ground" });
  let width = 0;
  let frame: PlotFrame | undefined;
  const draw = () => {
    if (width > 0) [frame] = drawn(state, width, box);
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
  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now > 0 && now !== width) {
      width = now;
      draw();
    }
  }).observe(box);
  state.listen(draw);
  return box;
}

function drawn(state: DescentState, width: number, box: Element): [PlotFrame] {
  const { descent } = state;
  const isFlat = descent.landscape.dimensions === 1;
  const height = Math.round(isFlat ? Math.min(400, width * 0.6) : Math.min(width * 0.86, 620, Math.max(LOWEST, innerHeight - AROUND)));
  const frame = isFlat ? frameOfCurve(descent, width, height) : frameOfMap(descent, width, height);
  const ground = isFlat ? curve(descent, frame) : shades(descent, frame);
  const sight = sightOf(state, frame);
  const svg = s("svg", { class: "picture", role: "img", width, height, viewBox: `0 0 ${width} ${height}`,
    "aria-label": description(state) },
    s("clipPath", { id: "sight" }, sight),
    state.fog && s("rect", { class: "fog", x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom }),
    state.fog && s("g", { class: "seen" }, sightOf(state, frame)),
    axes(descent, frame),
    s("g", state.fog ? { "clip-path": "url(#sight)" } : {}, ground, !isFlat && contours(descent, frame), !isFlat && basinsOf(descent, frame)),
    isFlat && basinStrip(descent, frame),
    !state.fog && minima(descent, frame),
    !state.fog && dropped(state, frame),
    state.walks.map((walk, walker) => walkOf(state, walk, walker, frame)));
  refill(box, svg, isFlat || !descent.walks.length ? null : arrowScale(state, frame), !isFlat && !state.fog && legend(descent));
  return [frame];
}

function frameOfCurve(descent: Descent, width: number, height: number): PlotFrame {
  const [low, high] = descent.landscape.box[0]!;
  const heights = (descent.landscape.ground.heights as (number | string)[]).map((one) => value(one as number));
  const [bottom, top] = roomy(extent(heights) ?? [0, 1]);
  const tall = height - MARGIN.top - MARGIN.bottom - 8;
  const wide = width - MARGIN.left - MARGIN.right;
  return {
    width,
    height,
    x: (p) => MARGIN.left + ((p - low) / (high - low)) * wide,
    y: (p) => MARGIN.top + (1 - (p - bottom) / (top - bottom)) * tall,
    position: (left) => [within(low + ((left - MARGIN.left) / wide) * (high - low), low, high)],
  };
}

/** Heights with some room below and above, so that a round number at the lowest point has its line. */
const roomy = ([bottom, top]: [number, number]): [number, number] => [bottom - 0.04 * (top - bottom), top + 0.02 * (top - bottom)];

const within = (p: number, low: number, high: number) => Math.min(high, Math.max(low, p));

function frameOfMap(descent: Descent, width: number, height: number): PlotFrame {
  const [[left, right], [low, high]] = descent.landscape.box as [[number, number], [number, number]];
  const [wide, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    width,
    height,
    x: (p) => MARGIN.left + ((p - left) / (right - left)) * wide,
    y: (p) => height - MARGIN.bottom - ((p - low) / (high - low)) * tall,
    position: (x, y) => [within(left + ((x - MARGIN.left) / wide) * (right - left), left, right),
      within(low + ((height - MARGIN.bottom - y) / tall) * (high - low), low, high)],
  };
}

function curve(descent: Descent, frame: PlotFrame): Element {
  const { axes: [at], heights } = descent.landscape.ground;
  let text = "";
  let pen = "M";
  at!.forEach((p, place) => {
    const height = value(heights[place] as number);
    if (!Number.isFinite(height)) return void (pen = "M");
    text += `${pen}${frame.x(p).toFixed(1)} ${frame.y(height).toFixed(1)}`;
    pen = "L";
  });
  return s("path", { class: "curve ground-line", d: text });
}

const BANDS = 12;

/** The heights between bands of equal area, so that steep and flat parts are both visible. */
export function edgesOf(heights: number[]): number[] {
  const sorted = heights.filter(Number.isFinite).sort((a, b) => a - b);
  return Array.from({ length: BANDS - 1 }, (_, band) => sorted[Math.floor(((band + 1) * sorted.length) / BANDS)]!);
}

const heightsOf = (descent: Descent) => (descent.landscape.ground.heights as number[][]).map((row) => row.map((one) => value(one)));

/** Lines of equal height, along every second edge of the bands: where it crosses the sides of a cell. */
function contours(descent: Descent, frame: PlotFrame): Element[] {
  const { axes: [xs, ys] } = descent.landscape.ground;
  const rows = heightsOf(descent);
  const between = (a: number, b: number, p: number, q: number, edge: number) => p + ((edge - a) / (b - a)) * (q - p);
  return edgesOf(rows.flat()).filter((_, place) => place % 2 === 1).map((edge) => {
    let d = "";
    for (let r = 0; r + 1 < rows.length; r++) {
      for (let c = 0; c + 1 < rows[r]!.length; c++) {
        const [a, b, e, f] = [rows[r]![c]!, rows[r]![c + 1]!, rows[r + 1]![c + 1]!, rows[r + 1]![c]!];
        const [x, y, x2, y2] = [xs![c]!, ys![r]!, xs![c + 1]!, ys![r + 1]!];
        const cuts: [number, number][] = [];
        if (a > edge !== b > edge) cuts.push([between(a, b, x, x2, edge), y]);
        if (b > edge !== e > edge) cuts.push([x2, between(b, e, y, y2, edge)]);
        if (e > edge !== f > edge) cuts.push([between(e, f, x2, x, edge), y2]);
        if (f > edge !== a > edge) cuts.push([x, between(f, a, y2, y, edge)]);
        for (let k = 0; k + 1 < cuts.length; k += 2) {
          const [[p, q], [u, v]] = [cuts[k]!, cuts[k + 1]!];
          d += `M${frame.x(p).toFixed(1)} ${frame.y(q).toFixed(1)}L${frame.x(u).toFixed(1)} ${frame.y(v).toFixed(1)}`;
        }
      }
    }
    return s("path", { class: "contour", d }, s("title", {}, `height ${shown(edge)}`));
  });
}

/** What the greys and the marks of a map mean. */
function legend(descent: Descent): Element {
  const heights = heightsOf(descent).flat();
  const [low, high] = extent(heights) ?? [0, 1];
  const edges = [low, ...edgesOf(heights), high];
  const minima = descent.landscape.minima;
  return h("div", { class: "heights small quiet" },
    h("span", {}, "height ", shown(low, 3), " "),
    h("span", { class: "greys", role: "img", "aria-label": `heights from ${shown(low, 3)} to ${shown(high, 3)} in ${BANDS} greys of equal area` },
      Array.from({ length: BANDS }, (_, band) => h("span", { class: `grey b${band}`, title: `${shown(edges[band]!, 3)} to ${shown(edges[band + 1]!, 3)}` }))),
    h("span", {}, " ", shown(high, 3), `; each grey covers as much ground, half are below ${shown(edges[BANDS / 2]!, 3)}; lines join equal heights. `),
    minima.length > 0 && h("span", {}, "⟂ marks a known minimum", minima.some((one) => !one.lowest) && minima.some((one) => one.lowest) ? ", a bold one a lowest." : "."));
}

/** Heights in bands of equal area. */
function shades(descent: Descent, frame: PlotFrame): Element[] {
  const { axes: [xs, ys], heights } = descent.landscape.ground;
  const rows = heights as number[][];
  const edges = edgesOf(heightsOf(descent).flat());
  const band = (height: number) => edges.filter((edge) => height > edge).length;
  const wide = frame.x(xs![1]!) - frame.x(xs![0]!);
  const tall = frame.y(ys![0]!) - frame.y(ys![1]!);
  const found: Element[] = [];
  rows.forEach((row, place) => {
    let from = 0;
    const bandAt = (column: number) => {
      const height = value(row[column]!);
      return Number.isFinite(height) ? band(height) : -1;
    };
    for (let column = 1; column <= row.length; column++) {
      if (column < row.length && bandAt(column) === bandAt(from)) continue;
      found.push(s("rect", { class: `b${bandAt(from)}`, x: (frame.x(xs![from]!) - wide / 2).toFixed(1),
        y: (frame.y(ys![place]!) - tall / 2).toFixed(1), width: (wide * (column - from) + 0.5).toFixed(1),
        height: (tall + 0.5).toFixed(1) }));
      from = column;
    }
  });
  return found;
}

function axes(descent: Descent, frame: PlotFrame): Element[] {
  const isFlat = descent.landscape.dimensions === 1;
  const [low, high] = descent.landscape.box[0]!;
  const across = linear(low, high, frame.width / 110).map((p) =>
    s("text", { class: "tick", x: frame.x(p), y: frame.height - 8, "text-anchor": "middle" }, shown(p)));
  const heights = isFlat ? (descent.landscape.ground.heights as number[]).map((one) => value(one)) : descent.landscape.box[1]!;
  const [bottom, top] = isFlat ? roomy(extent(heights) ?? [0, 1]) : extent(heights) ?? [0, 1];
  const up = linear(bottom, top, 4).map((p) => [
    s("text", { class: "tick", x: MARGIN.left - 8, y: frame.y(p) + 4, "text-anchor": "end" }, shown(p)),
    isFlat && s("line", { class: "hair", x1: MARGIN.left, x2: frame.width - MARGIN.right, y1: frame.y(p), y2: frame.y(p) }),
  ]);
  const names = [
    s("text", { class: "tick name", x: frame.width - MARGIN.right, y: frame.height - MARGIN.bottom - 6, "text-anchor": "end" }, descent.coordinates[0]!),
    s("text", { class: "tick name", x: MARGIN.left + 4, y: MARGIN.top - 4 }, isFlat ? "height h" : descent.coordinates[1]!),
  ];
  return [...across, ...names, ...up.flat().filter((one): one is Exclude<typeof one, false> => one !== false)];
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

function spot(state: DescentState, walk: Walk, step: number, frame: PlotFrame): [number, number] {
  const p = walk.positions[step]!.map(value);
  const up = state.descent.landscape.dimensions === 1 ? value(walk.heights[step]!) : p[1]!;
  const [x, y] = [frame.x(p[0]!), frame.y(up)];
  return [Number.isFinite(x) ? x : -99, Number.isFinite(y) ? Math.max(-99, Math.min(y, frame.height + 99)) : -99];
}

function walkOf(state: DescentState, walk: Walk, walker: number, frame: PlotFrame): Element {
  const now = state.at(walk);
  const spots = Array.from({ length: now + 1 }, (_, step) => spot(state, walk, step, frame));
  const [x, y] = spots[now]!;
  const d = spots.map(([a, b], place) => `${place ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("");
  const isFollowed = walker === state.walker;
  const many = spots.length > 60 || state.walks.length > 6;
  return s("g", { class: `walk ${lineOf(walker)}${isFollowed ? " followed" : ""}` },
    s("path", { class: "trail", d }),
    !many && spots.slice(0, -1).map(([a, b]) => s("circle", { class: "trod", cx: a, cy: b, r: 2 })),
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
  const steep = Math.hypot(slope[0]!, slope[1]!);
  const length = arrowLength(walk, frame, steep);
  if (!(length >= 0.5)) return s("g"); // too short to be seen
  const [dx, dy] = [-(frame.x(1) - frame.x(0)) * slope[0]!, -(frame.y(1) - frame.y(0)) * slope[1]!];
  const long = Math.hypot(dx, dy);
  const [a, b] = [(dx / long) * length, (dy / long) * length];
  const head = Math.min(7, length / 2);
  const [c, e] = [(dx / long) * head, (dy / long) * head];
  return s("path", { class: "slope",
    d: `M${x} ${y}l${a} ${b}m${-c - e * 0.6} ${-e + c * 0.6}l${c + e * 0.6} ${e - c * 0.6}l${-c + e * 0.6} ${-e - c * 0.6}` });
}

/** The largest slope of a walk has this part of the picture's width as its arrow. */
const LONGEST = 0.14;

const steepest = (walk: Walk) => Math.max(...walk.slopes.map((one) => Math.hypot(...one.map(value))).filter(Number.isFinite), 1e-300);

/** The length of an arrow in pixels: as many times longer as the slope is steeper. */
export const arrowLength = (walk: Walk, frame: { width: number }, steep: number) => (LONGEST * frame.width * steep) / steepest(walk);

/** The arrow's scale, and the present slope, for it may be too short to be seen. */
function arrowScale(state: DescentState, frame: PlotFrame): Element {
  const walk = state.walk!;
  const [round] = linear(0, steepest(walk), 2).slice(-1);
  const now = Math.hypot(...walk.slopes[state.at(walk)]!.map(value));
  const length = arrowLength(walk, frame, round!);
  const bar = h("span", { class: "arrow-scale" });
  bar.style.width = `${length.toFixed(1)}px`;
  return h("p", { class: "small quiet arrow" }, "The arrow points downhill, as long as the slope: ", bar, ` is a slope of ${shown(round!)}; here it is ${shown(now)}.`);
}

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
