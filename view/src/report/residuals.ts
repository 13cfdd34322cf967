// The results of a regression: predicted values against true ones, and the quantiles of the residuals.

import { h, s } from "../dom";
import { aligned, exact, shown } from "../numbers";
import { number } from "../payload";
import type { Report } from "./payload";
import { rowName } from "./payload";
import type { OpenStep } from "./rows";
import { extent, labelPlace, linear, tickLabel } from "./ticks";
import { intervalText } from "./reliance";
import { label, many, quantity } from "./words";
import { refill } from "../tree";

const LARGEST = 480;
const MARGIN = { left: 56, right: 12, top: 12, bottom: 40 };

export function residuals(report: Report, open: OpenStep): HTMLElement | null {
  const found = report.residuals;
  if (!found) return null;
  const status = h("p", { class: "readout", role: "status" }, "Point at a row to see its numbers, or go through them with ← and →.");
  const box = h("div", { class: "scatter" });
  const stage = h("div", {
    class: "points", tabindex: 0, role: "group",
    "aria-label": "points, by their true value: ← and → go from one to the next, Home and End to the ends, Enter opens its step",
  }, box);
  const walk = new PointWalk(report, open, (text) => (status.textContent = text));
  stage.addEventListener("keydown", (event) => walk.keyed(event));
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.min(LARGEST, Math.floor(box.clientWidth));
    if (now > 0 && now !== width) {
      width = now;
      refill(box, scatter(report, width, walk));
    }
  }).observe(box);
  const some = found.points.rows.length < found.rows
    ? ` ${many(found.points.rows.length, "point")} of ${many(found.rows, "row")}, evenly spread by residual.` : "";
  return h("section", { id: "residuals", "aria-labelledby": "residuals-title" },
    h("h2", { id: "residuals-title" }, "Predicted against true"),
    h("p", {}, lead(report) + intervalText(report)),
    h("div", { class: "two" },
      h("div", {}, stage, status),
      h("div", {}, quantiles(report),
        h("p", { class: "quiet small" },
          "Residual: predicted − true. Blue: predicted too high; orange: predicted too low; on the line both are equal.", some))));
}

function lead(report: Report): string {
  const at = (part: number) => report.residuals!.quantiles.find((one) => one.part === part)!.residual;
  return `Half of the residuals lie between ${quantity(at(0.25))} and ${quantity(at(0.75))}, ` +
    `nine in ten between ${quantity(at(0.05))} and ${quantity(at(0.95))}.`;
}

/** The point that is looked at: moved by pointer or keyboard, told in words, opened where it has a step. */
class PointWalk {
  /** The points from the lowest true value to the highest. */
  private readonly order: number[];
  private at = -1;
  /** Marks a point in the present drawing. */
  mark: (place: number) => void = () => {};

  constructor(private readonly report: Report, private readonly open: OpenStep, private readonly say: (text: string) => void) {
    const { true: truth, predicted } = report.residuals!.points;
    this.order = truth.map((_, place) => place)
      .sort((a, b) => number(truth[a]!) - number(truth[b]!) || number(predicted[a]!) - number(predicted[b]!));
  }

  show(place: number): void {
    this.at = place;
    this.mark(place);
    if (place >= 0) this.say(this.text(place));
  }
  /** Open the step of the point that is looked at, where the page has it. */
  enter(): void {
    const row = this.report.residuals!.points.rows[this.at];
    if (row !== undefined && this.report.steps[row]) this.open(row);
  }
  keyed(event: KeyboardEvent): void {
    const now = this.order.indexOf(this.at);
    const last = this.order.length - 1;
    const to: Record<string, number> = { ArrowRight: Math.min(now + 1, last), ArrowLeft: Math.max(now - 1, 0), Home: 0, End: last };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") this.enter();
    else if (Object.hasOwn(to, event.key)) this.show(this.order[to[event.key]!]!);
    else return;
    event.preventDefault();
  }
  private text(place: number): string {
    const { points } = this.report.residuals!;
    const [row, truth, predicted] = [points.rows[place]!, number(points.true[place]!), number(points.predicted[place]!)];
    const told = `${rowName(row)}: true ${quantity(truth)}, predicted ${quantity(predicted)}, residual ${shown(predicted - truth)}`;
    if (this.report.steps[row]) return `${told}; Enter or a click opens its step`;
    return this.report.command ? `${told}; its step: ${this.report.command} --row ${row}` : told;
  }
}

function scatter(report: Report, side: number, walk: PointWalk): SVGElement {
  const { points } = report.residuals!;
  const [rows, truth, predicted] = [points.rows, points.true.map(number), points.predicted.map(number)];
  const [low, high] = extent([...truth, ...predicted]) ?? [0, 1];
  const height = side - MARGIN.left - MARGIN.right + MARGIN.top + MARGIN.bottom;
  const scale = (value: number) => (value - low) / (high - low);
  const x = (value: number) => MARGIN.left + scale(value) * (side - MARGIN.left - MARGIN.right);
  const y = (value: number) => height - MARGIN.bottom - scale(value) * (height - MARGIN.top - MARGIN.bottom);
  const worst = new Set(report.mistakes);
  const ticks = linear(low, high, side < 360 ? 3 : 5);
  const name = label(report.title.target ?? "target");
  const ring = s("circle", { class: "ring", r: 7, visibility: "hidden" });
  const point = (event: PointerEvent) => {
    const edge = drawing.getBoundingClientRect();
    const [left, top] = [event.clientX - edge.left, event.clientY - edge.top];
    let [best, nearest] = [-1, 24];
    rows.forEach((_, place) => {
      const away = Math.hypot(x(truth[place]!) - left, y(predicted[place]!) - top);
      if (away < nearest) [best, nearest] = [place, away];
    });
    walk.show(best);
  };
  walk.mark = (place) => {
    ring.setAttribute("visibility", place < 0 ? "hidden" : "visible");
    if (place < 0) return;
    ring.setAttribute("cx", String(x(truth[place]!)));
    ring.setAttribute("cy", String(y(predicted[place]!)));
  };
  const drawing: SVGElement = s("svg", {
    width: side, height, viewBox: `0 0 ${side} ${height}`, role: "img", pointermove: point, pointerdown: point, click: () => walk.enter(),
    "aria-label": `Predicted against true ${name}, ${rows.length} rows from ${quantity(low)} to ${quantity(high)}. ` +
      lead(report),
  },
    ticks.map((tick) => [
      s("line", { class: "hair", x1: MARGIN.left, x2: side - MARGIN.right, y1: y(tick), y2: y(tick) }),
      s("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, tickLabel(tick)),
      s("text", { x: labelPlace(x(tick), tickLabel(tick), side), y: height - MARGIN.bottom + 18, "text-anchor": "middle" }, tickLabel(tick)),
    ]),
    s("line", { class: "equal", x1: x(low), y1: y(low), x2: x(high), y2: y(high) }),
    s("text", { x: side - MARGIN.right, y: height - 4, "text-anchor": "end" }, `true ${name}`),
    s("text", { x: MARGIN.left + 4, y: MARGIN.top + 4 }, "predicted"),
    rows.map((row, place) => {
      const above = predicted[place]! >= truth[place]!;
      return s("circle", {
        class: `point ${above ? "above" : "below"}${worst.has(row) ? " worst" : ""}${report.steps[row] ? " opens" : ""}`,
        cx: x(truth[place]!).toFixed(1), cy: y(predicted[place]!).toFixed(1), r: rows.length > 500 ? 2 : 3,
      });
    }),
    ring);
  return drawing;
}

function quantiles(report: Report): HTMLElement {
  const names: Record<string, string> = { 0: "lowest", 0.5: "median", 1: "highest" };
  const texts = aligned(report.residuals!.quantiles.map(({ residual }) => quantity(residual)));
  return h("table", { class: "plain" },
    h("caption", {}, "residual quantiles"),
    h("tbody", {}, report.residuals!.quantiles.map(({ part, residual }, place) => h("tr", {},
      h("th", { scope: "row" }, names[part] ?? `${part * 100} %`),
      h("td", { class: "figure mono", title: exact(number(residual)) }, texts[place]!)))));
}
