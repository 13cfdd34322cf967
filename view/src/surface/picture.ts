// The picture: the loss as a map or a curve, the paths of training over it, and the point that is looked at.

import { arrow, arrowLength, arrowScale, steepest } from "../ground/arrow";
import { axes } from "../ground/axes";
import { curve } from "../ground/curve";
import type { PlotFrame } from "../ground/frame";
import { frameOfCurve, frameOfMap, heightOfCurve, heightOfMap, MARGIN, roomy, whenWide } from "../ground/frame";
import type { Spot } from "../ground/levels";
import type { Heights } from "../ground/map";
import { contours, labels, legend, shades } from "../ground/map";
import { lineOf, trail } from "../ground/walks";
import { h, s } from "../dom";
import { shown } from "../numbers";
import { number } from "../payload";
import { extent } from "../report/ticks";
import { refill } from "../tree";
import type { Path, Surface } from "./payload";
import type { SurfaceState } from "./state";
import { nearest } from "./state";

/** The picture in an element, drawn again whenever the state or the width changes. */
export function picture(state: SurfaceState): HTMLElement {
  const { surface } = state;
  const box = h("div", { class: "ground live" });
  let frame: PlotFrame | undefined;
  let ground: Element[] = [];
  const draw = () => {
    if (frame) refill(box, ...drawn(state, frame, ground));
  };
  const under = (event: PointerEvent) => {
    const edge = box.getBoundingClientRect();
    const [left, top] = [event.clientX - edge.left, event.clientY - edge.top];
    if (!frame || left < MARGIN.left || left > frame.width - MARGIN.right || top < MARGIN.top || top > frame.height - MARGIN.bottom) return null;
    const [a, b] = frame.position(left, top);
    return [nearest(surface.axes[0]!, a!), state.isLine ? 0 : nearest(surface.axes[1]!, b!)] as [number, number];
  };
  box.addEventListener("pointermove", (event) => state.hover(event.pointerType === "touch" ? null : under(event)));
  box.addEventListener("pointerleave", () => state.hover(null));
  box.addEventListener("pointerdown", (event) => {
    const point = under(event);
    if (point && event.isPrimary) state.choose(point);
  });
  whenWide(box, (width) => {
    frame = frameOf(surface, width);
    ground = groundOf(state, frame); // once for all epochs
    draw();
  });
  state.listen(draw);
  return box;
}

const isLine = (surface: Surface) => surface.axes.length === 1;
const heightsOf = (surface: Surface) => (surface.heights as number[]).map(number);
const mapOf = ({ axes: both, heights, levels }: Surface) => ({ axes: both.map((one) => one.values), heights, levels }) as Heights;

function rangeOf(surface: Surface, axis: number): [number, number] {
  const { values } = surface.axes[axis]!;
  return [values[0]!, values[values.length - 1]!];
}

/** On a line the losses of the path have to be in sight too. */
function upOf(surface: Surface): [number, number] {
  if (!isLine(surface)) return rangeOf(surface, 1);
  return roomy(extent([...heightsOf(surface), ...surface.paths.flatMap((path) => path.losses.map(number))]) ?? [0, 1]);
}

function frameOf(surface: Surface, width: number): PlotFrame {
  if (!isLine(surface)) return frameOfMap([rangeOf(surface, 0), rangeOf(surface, 1)], width, heightOfMap(width));
  const all = [...heightsOf(surface), ...surface.paths.flatMap((path) => path.losses.map(number))];
  return frameOfCurve(rangeOf(surface, 0), all, width, heightOfCurve(width));
}

function groundOf(state: SurfaceState, frame: PlotFrame): Element[] {
  const { surface } = state;
  if (state.isLine) return [curve(surface.axes[0]!.values, heightsOf(surface), frame)];
  const name = Array.from({ length: 9 }, (_, place): Spot => [frame.width - MARGIN.right - 20 * place, frame.height - MARGIN.bottom - 6]);
  const free = [...surface.paths.flatMap((path) => spotsOf(state, path, frame)), ...name];
  const map = mapOf(surface);
  return [s("g", { class: "bands" }, shades(map, frame)), ...contours(map, frame, 1, "loss"), ...labels(map, frame, free)];
}

function drawn(state: SurfaceState, frame: PlotFrame, ground: Element[]): (Element | null | false)[] {
  const { surface, path } = state;
  const { width, height } = frame;
  const [a, b] = surface.axes;
  const names: [string, string] = b ? [`${a!.letter}: ${a!.name}`, `${b.letter}: ${b.name}`] : [a!.letter, "loss E"];
  const scales = () => axes(frame, rangeOf(surface, 0), upOf(surface), names, state.isLine);
  const svg = s("svg", { class: "picture", role: "img", width, height, viewBox: `0 0 ${width} ${height}`, "aria-label": description(state) },
    s("clipPath", { id: "map" }, s("rect", { x: MARGIN.left, y: MARGIN.top - 8, width: width - MARGIN.left - MARGIN.right + 8, height: height - MARGIN.top - MARGIN.bottom + 8 })),
    state.isLine && scales(),
    s("g", {}, ground),
    !state.isLine && scales(),
    s("g", { "clip-path": "url(#map)" },
      crosshair(state, frame),
      surface.paths.map((_, place) => place).sort((one, two) => Number(one === state.walker) - Number(two === state.walker))
        .map((place) => pathOf(state, place, frame)),
      surface.kind === "random" && s("circle", { class: "walker w0", cx: frame.x(0), cy: middleOf(state, frame), r: 6 })));
  return [svg, !!path?.slopes && !state.isLine && scale(state, path, frame), !state.isLine && legend(mapOf(surface), "loss", words(surface))];
}

function words({ paths, kind }: Surface): string {
  if (kind === "random") return "a line joins equal losses; the dot is the trained weights.";
  return `a line joins equal losses. ○ is a start, ◉ an end, a dot an epoch.${paths.length > 1 ? " Numbered paths are shadows of other restarts." : ""}`;
}

const middleOf = (state: SurfaceState, frame: PlotFrame) =>
  frame.y(state.isLine ? state.of(state.surface.heights, [nearest(state.surface.axes[0]!, 0), 0]) : 0);

/** Where a path's points are in the picture: over a line at the losses of the path itself. */
const spotsOf = (state: SurfaceState, path: Path, frame: PlotFrame): Spot[] =>
  path.coordinates.map(([a, b], epoch) => [frame.x(a), frame.y(state.isLine ? number(path.losses[epoch]) : b)] as Spot)
    .map(([x, y]) => [x, Number.isFinite(y) ? y : -99]);

function pathOf(state: SurfaceState, place: number, frame: PlotFrame): Element {
  const path = state.surface.paths[place]!;
  const now = state.at(path);
  const spots = spotsOf(state, path, frame);
  const [[left, top], [right, low]] = [spots[0]!, spots[spots.length - 1]!];
  const [x, y] = spots[now]!;
  const isFollowed = place === state.walker;
  const isEnd = now === spots.length - 1;
  return s("g", { class: `walk ${lineOf(place)}${isFollowed ? " followed" : ""}` },
    s("g", { class: "ahead" }, trail(spots.slice(now), spots.length <= 200)),
    trail(spots.slice(0, now + 1), spots.length <= 200),
    s("circle", { class: "begin", cx: left, cy: top, r: 5 }, s("title", {}, `${path.name}: start`)),
    s("circle", { class: "close", cx: right, cy: low, r: 7 }, s("title", {}, `${path.name}: end`)),
    isFollowed && downhill(state, path, now, frame, x, y),
    s("circle", { class: "walker", cx: x, cy: y, r: isFollowed && !isEnd ? 6 : 4 }),
    // At the left: downhill is mostly at the right, towards the end.
    state.surface.paths.length > 1 && s("text", { class: "number-of", x: x - 9, y: y - 7, "text-anchor": "end" }, String(place + 1)));
}

const steepestOf = (path: Path) => steepest(path.in_plane!.map(number));

/** The gradient's part in the plane, as an arrow downhill: both axes are equally long, so that it is one on the map. */
function downhill(state: SurfaceState, path: Path, now: number, frame: PlotFrame, x: number, y: number): Element {
  if (!path.slopes || state.isLine) return s("g");
  const [a, b] = path.slopes[now]!.map(number) as [number, number];
  const towards: Spot = [-(frame.x(1) - frame.x(0)) * a, -(frame.y(1) - frame.y(0)) * b];
  return arrow(x, y, towards, arrowLength(steepestOf(path), frame.width, number(path.in_plane![now])));
}

const scale = (state: SurfaceState, path: Path, frame: PlotFrame) =>
  arrowScale(steepestOf(path), frame.width, number(path.in_plane![state.at(path)]), "The arrow is the part of the slope that lies in the plane, downhill, as long as it is steep: ");

/** The point of the grid that is looked at: where two lines cross. */
function crosshair(state: SurfaceState, frame: PlotFrame): Element {
  const [column, row] = state.point;
  const { axes: [a, b], heights } = state.surface;
  const x = frame.x(a!.values[column]!);
  const y = frame.y(b ? b.values[row]! : state.of(heights, state.point));
  const [left, right, top, low] = [MARGIN.left, frame.width - MARGIN.right, MARGIN.top, frame.height - MARGIN.bottom];
  return s("g", { class: "crosshair" },
    s("line", { x1: x, x2: x, y1: top, y2: low }),
    Number.isFinite(y) && s("line", { x1: left, x2: right, y1: y, y2: y }),
    Number.isFinite(y) && s("circle", { cx: x, cy: y, r: 4 }));
}

function description(state: SurfaceState): string {
  const { surface, path } = state;
  if (!path) return `${surface.name}: ${surface.headline}`;
  const now = state.at(path);
  const place = path.coordinates[now]!.slice(0, surface.axes.length).map((one, at) => `${surface.axes[at]!.letter} ${shown(one, 3)}`).join(", ");
  return `${surface.name}. ${path.name}, epoch ${now}: loss ${shown(number(path.losses[now]))} at ${place}`;
}
