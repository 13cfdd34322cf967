// A small chart of curves over epochs. It is drawn for its present width, so that its letters have the
// size of the text around it.

import { h, s } from "../dom";
import { exact, shown } from "../numbers";
import { refill } from "../tree";
import { extent, labelPlace, linear, logarithmic, tickLabel, whole } from "./ticks";
import { many } from "./words";

export interface Series {
  name: string;
  values: number[];
  /** The CSS class of its colour and line style: see report.css. */
  line: string;
}

export interface Plot {
  title: string;
  note: string;
  series: Series[];
  /** The epoch of each value. */
  at: number[];
  unit: string;
  kept: number;
  format?: (value: number) => string;
}

export interface Chart {
  element: HTMLElement;
  /** Show the values at a place along the axis. */
  show(place: number): void;
}

const HEIGHT = 168;
const MARGIN = { left: 52, right: 12, top: 8, bottom: 20 };

export function chart(plot: Plot, choose: (place: number) => void): Chart {
  const values = plot.series.flatMap((one) => one.values.filter(Number.isFinite));
  const [low, high] = extent(values) ?? [0, 1];
  const log = low > 0 && high / low > 30;
  const format = plot.format ?? ((value: number) => shown(value));
  const box = h("div", { class: "plot" });
  const readings = plot.series.map(() => h("span", { class: "number" }));
  const legend = h(
    "ul",
    { class: "legend" },
    plot.series.map((one, place) =>
      h("li", {}, swatch(one.line), h("span", {}, one.name), readings[place]),
    ),
  );
  const element = h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("strong", {}, plot.title), log && h("span", { class: "quiet" }, "log scale")),
    legend,
    box,
    h("p", { class: "quiet" }, plot.note),
  );

  let width = 0;
  let cursor: SVGLineElement | undefined;
  let dots: SVGCircleElement[] = [];
  let shownPlace = 0;

  const x = (epoch: number) => {
    const [first, last] = [plot.at[0]!, plot.at[plot.at.length - 1]!];
    const part = last === first ? 0.5 : (epoch - first) / (last - first);
    return MARGIN.left + part * (width - MARGIN.left - MARGIN.right);
  };
  const scaled = (value: number) => (log ? Math.log10(value) : value);
  const y = (value: number) => {
    const part = (scaled(value) - scaled(low)) / (scaled(high) - scaled(low));
    return HEIGHT - MARGIN.bottom - part * (HEIGHT - MARGIN.bottom - MARGIN.top);
  };

  const draw = () => {
    const isFlat = values.every((value) => value === values[0]);
    const ticks = isFlat ? values.slice(0, 1) : (log ? logarithmic : linear)(low, high, 4);
    const epochs = whole(plot.at[0]!, plot.at[plot.at.length - 1]!, Math.max(2, width / 90));
    cursor = s("line", { class: "cursor", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    dots = plot.series.map((one) => s("circle", { class: `dot ${one.line}`, r: 3 }));
    const kept = x(plot.kept);
    const svg = s(
      "svg",
      {
        role: "img",
        "aria-label": description(plot, log),
        width,
        height: HEIGHT,
        viewBox: `0 0 ${width} ${HEIGHT}`,
        pointermove: pointed,
        pointerdown: pointed,
      },
      ticks.map((tick) => [
        s("line", { class: "hair", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        s("text", { x: MARGIN.left - 6, y: y(tick) + 4, "text-anchor": "end" }, tickLabel(tick)),
      ]),
      epochs.map((epoch) =>
        s("text", { x: labelPlace(x(epoch), String(epoch), width), y: HEIGHT - 4, "text-anchor": "middle" }, String(epoch)),
      ),
      s("line", { class: "kept", x1: kept, x2: kept, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      plot.series.map((one) => s("path", { class: `curve ${one.line}`, d: path(one.values) })),
      cursor,
      dots,
    );
    refill(box, svg);
    show(shownPlace);
  };

  const path = (numbers: number[]) => {
    let text = "";
    let pen = "M";
    numbers.forEach((value, place) => {
      if (!Number.isFinite(value) || (log && value <= 0)) {
        pen = "M";
        return;
      }
      text += `${pen}${x(plot.at[place]!).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
    });
    // A curve with one epoch is a point.
    return numbers.length === 1 && text ? `${text}h0.01` : text;
  };

  const pointed = (event: PointerEvent) => {
    const inside = event.clientX - box.getBoundingClientRect().left;
    let best = 0;
    plot.at.forEach((epoch, place) => {
      if (Math.abs(x(epoch) - inside) < Math.abs(x(plot.at[best]!) - inside)) best = place;
    });
    choose(best);
  };

  const show = (place: number) => {
    shownPlace = place;
    const at = x(plot.at[place]!);
    cursor?.setAttribute("x1", String(at));
    cursor?.setAttribute("x2", String(at));
    plot.series.forEach((one, index) => {
      const value = one.values[place] ?? NaN;
      const visible = Number.isFinite(value) && !(log && value <= 0);
      dots[index]?.setAttribute("visibility", visible ? "visible" : "hidden");
      if (visible) {
        dots[index]?.setAttribute("cx", String(at));
        dots[index]?.setAttribute("cy", String(y(value)));
      }
      readings[index]!.textContent = format(value);
      readings[index]!.title = exact(value);
    });
  };

  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now > 0 && now !== width) {
      width = now;
      draw();
    }
  }).observe(box);
  return { element, show };
}

/** A short piece of a curve, for the legend. */
function swatch(line: string): SVGSVGElement {
  return s(
    "svg",
    { width: 24, height: 10, "aria-hidden": "true" },
    s("path", { class: `curve ${line}`, d: "M1 5L23 5" }),
  );
}

function description(plot: Plot, log: boolean): string {
  const parts = plot.series.map((one) => {
    const known = one.values.filter(Number.isFinite);
    if (!known.length) return `${one.name}: no finite value`;
    return `${one.name} from ${shown(known[0]!)} to ${shown(known[known.length - 1]!)}`;
  });
  const last = plot.at[plot.at.length - 1]!;
  return `${plot.title}${log ? ", log scale" : ""}, over ${many(last, plot.unit)}: ${parts.join("; ")}.`;
}
