// The summary of an array that is too large for the page: quantiles, histogram, strongest numbers.

import type { App } from "./app";
import type { Tree } from "./tree";
import { h, s } from "./tree";
import { aligned, count, exact, shown } from "./numbers";
import type { Quantity } from "./payload";
import { number } from "./payload";
import { address } from "./step";

const [WIDTH, HEIGHT, SHOWN] = [246, 64, 8] as const;
const NAMES = ["least", "5 %", "25 %", "median", "75 %", "95 %", "greatest"];

export function summaryPanel(app: App, quantity: Quantity): Tree {
  const { quantiles, histogram, norm, nonfinite, strongest } = quantity.summary!;
  const size = quantity.shape.reduce((product, length) => product * length, 1);
  const values = aligned(quantiles.map((value) => shown(number(value))));
  const first = strongest.slice(0, SHOWN);
  const numbers = aligned(first.map(({ value }) => shown(number(value))));
  return h("div", { class: "summary" },
    h("div", {},
      h("h3", {}, `all ${count(size)} numbers`),
      h("p", { class: "quiet" }, `length ${shown(number(norm))}${nonfinite ? `; ${count(nonfinite)} are not finite` : ""}`),
      histogramOf(histogram.counts, number(histogram.edges.at(-1)!))),
    h("table", { class: "small" }, h("caption", {}, "quantiles"),
      h("tbody", {}, quantiles.map((_, place) => h("tr", {},
        h("th", { scope: "row" }, NAMES[place]!), h("td", { class: "figure mono" }, values[place]!))))),
    h("table", { class: "small" }, h("caption", {}, "strongest"),
      h("tbody", {}, first.map(({ index, value }, place) => h("tr", {},
        h("th", { scope: "row" }, index.map((at, axis) => app.step.label(quantity, axis, at)).join(" → ")),
        h("td", { class: "figure" }, h("button", { type: "button", class: "number",
          "data-key": `strongest ${place}`, "data-exact": exact(number(value)), "data-address": address(quantity.path, index),
          click: () => app.open(quantity, index) }, numbers[place]!)))))));
}

/** A histogram. The height of a bar is the square root of its count, so that the tails are visible. */
function histogramOf(counts: number[], end: number): Tree {
  const step = WIDTH / counts.length;
  const top = Math.sqrt(Math.max(...counts, 1));
  const middle = (counts.length - 1) / 2;
  const bars = { negative: "", neutral: "", positive: "" };
  counts.forEach((number, place) => {
    const height = (Math.sqrt(number) / top) * HEIGHT;
    const sign = place < middle ? "negative" : place > middle ? "positive" : "neutral";
    bars[sign] += `M${place * step} ${HEIGHT}v${-height}h${step - 1}V${HEIGHT}z`;
  });
  return s("svg", { class: "histogram", width: WIDTH, height: HEIGHT + 16, role: "img",
    "aria-label": `histogram from ${shown(-end)} to ${shown(end)}` },
    Object.entries(bars).map(([sign, d]) => s("path", { class: sign, d })),
    s("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 }),
    s("text", { class: "end mono", x: 0, y: HEIGHT + 13 }, shown(-end)),
    s("text", { class: "end mono", x: WIDTH / 2, y: HEIGHT + 13, "text-anchor": "middle" }, "0"),
    s("text", { class: "end mono", x: WIDTH, y: HEIGHT + 13, "text-anchor": "end" }, shown(end)));
}
