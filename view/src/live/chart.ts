// A chart of curves over epochs that may still grow.

import { exact, shown } from "../numbers";
import { extent, labelPlace, linear, logarithmic, tickLabel, whole } from "../report/ticks";
import type { Child, Tree } from "../tree";
import { h, s } from "../tree";

export type Point = readonly [epoch: number, value: number];

export interface Series {
  name: string;
  points: Point[];
  /** The CSS class of its colour and line style. */
  line: string;
  /** Whether the legend leaves it out. */
  isUnnamed?: boolean;
}

export interface Plot {
  title: string;
  note: string;
  series: Series[];
  format?: (value: number) => string;
  /** A value that others publish, to compare with. */
  norm?: number;
  /** The range that the axis shows at least. */
  least?: readonly [number, number];
}

export interface Cursor {
  epoch: number;
  /** The last epoch of the run. */
  last: number;
  look: (epoch: number | null) => void;
}

const HEIGHT = 168;
const MARGIN = { left: 64, right: 12, top: 8, bottom: 20 };

/** A chart of a width in pixels, read at the cursor. */
export function chart(plot: Plot, width: number, cursor: Cursor): Tree {
  const all = plot.series.flatMap((one) => one.points);
  const values = all.map((one) => one[1]).filter(Number.isFinite);
  const marks = [...(plot.least ?? []), ...(plot.norm === undefined ? [] : [plot.norm])];
  const [low, high] = extent([...values, ...marks]) ?? [0, 1];
  const isLog = low > 0 && high / low > 30;
  const last = all.reduce((most, one) => Math.max(most, one[0]), cursor.last);
  const format = plot.format ?? ((value: number) => shown(value));
  const x = (epoch: number) => MARGIN.left + ((epoch - 1) / Math.max(1, last - 1)) * (width - MARGIN.left - MARGIN.right);
  const scaled = (value: number) => (isLog ? Math.log10(value) : value);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - ((scaled(value) - scaled(low)) / (scaled(high) - scaled(low))) * (HEIGHT - MARGIN.bottom - MARGIN.top);
  const isVisible = (value: number) => Number.isFinite(value) && !(isLog && value <= 0);
  const ticks = (isLog ? logarithmic : linear)(low, high, 4);
  const at = Math.min(cursor.epoch, last);
  const pointed = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const part = (event.clientX - box.left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
    cursor.look(Math.max(1, Math.min(last, Math.round(1 + part * (last - 1)))));
  };
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("strong", {}, plot.title), isLog && h("span", { class: "quiet" }, "log scale")),
    h("ul", { class: "legend" }, plot.series.filter((one) => !one.isUnnamed).map((one) => {
      const [, value] = reading(one.points, at);
      return h("li", {}, swatch(one.line), h("span", {}, one.name),
        h("span", { class: "number", title: exact(value) }, Number.isNaN(value) ? "–" : format(value)));
    })),
    h("div", { class: "plot" }, s("svg", {
      role: "img", "aria-label": description(plot, isLog, last), width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`,
      pointermove: pointed, pointerdown: pointed, pointerleave: () => cursor.look(null),
    },
      ticks.map((tick) => s("g", {},
        s("line", { class: "hair", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        s("text", { x: MARGIN.left - 6, y: y(tick) + 4, "text-anchor": "end" }, tickLabel(tick)))),
      whole(1, Math.max(2, last), Math.max(2, width / 90)).filter((epoch) => epoch <= last).map((epoch) =>
        s("text", { x: labelPlace(x(epoch), String(epoch), width), y: HEIGHT - 4, "text-anchor": "middle" }, String(epoch))),
      plot.norm !== undefined && s("line", { class: "norm", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(plot.norm), y2: y(plot.norm) }),
      plot.series.map((one) => s("path", { class: `curve ${one.line}`, d: path(one.points.filter((point) => isVisible(point[1])), x, y) })),
      s("line", { class: "cursor", x1: x(at), x2: x(at), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      plot.series.filter((one) => !one.isUnnamed).map((one): Child => {
        const [place, value] = reading(one.points, at);
        return isVisible(value) && s("circle", { class: `dot ${one.line}`, r: 3, cx: x(place), cy: y(value) });
      }))),
    h("p", { class: "quiet" }, plot.note));
}

/** The point at an epoch, or the last one before it. */
function reading(points: Point[], epoch: number): Point {
  let found: Point = [NaN, NaN];
  for (const point of points) {
    if (point[0] > epoch) break;
    found = point;
  }
  return found;
}

/** A line through points; of many within a pixel the lowest and the highest. */
function path(points: Point[], x: (epoch: number) => number, y: (value: number) => number): string {
  const places: string[] = [];
  let [pixel, low, high] = [NaN, NaN, NaN];
  const flush = () => {
    if (Number.isNaN(pixel)) return;
    places.push(`${pixel.toFixed(1)} ${high.toFixed(1)}`);
    if (low !== high) places.push(`${pixel.toFixed(1)} ${low.toFixed(1)}`);
  };
  for (const [epoch, value] of points) {
    const [across, up] = [Math.round(x(epoch) * 2) / 2, y(value)];
    if (across !== pixel) {
      flush();
      [pixel, low, high] = [across, up, up];
    } else [low, high] = [Math.min(low, up), Math.max(high, up)];
  }
  flush();
  if (!places.length) return "";
  return `M${places.join("L")}${places.length === 1 ? "h0.01" : ""}`;
}

function swatch(line: string): Tree {
  return s("svg", { width: 24, height: 10, "aria-hidden": "true" }, s("path", { class: `curve ${line}`, d: "M1 5L23 5" }));
}

function description(plot: Plot, isLog: boolean, last: number): string {
  const parts = plot.series.filter((one) => !one.isUnnamed).map((one) => {
    const known = one.points.map((point) => point[1]).filter(Number.isFinite);
    if (!known.length) return `${one.name}: no finite value`;
    return `${one.name} from ${shown(known[0]!)} to ${shown(known[known.length - 1]!)}`;
  });
  return `${plot.title}${isLog ? ", log scale" : ""}, to epoch ${last}: ${parts.join("; ")}.`;
}
