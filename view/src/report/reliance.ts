// How far the predictions can be relied on, and which columns they rely on.

import { h, s } from "../dom";
import { aligned, count, exact, shown } from "../numbers";
import { number } from "../payload";
import { refill } from "../tree";
import type { CalibrationBin, Importance, Report } from "./payload";
import { label, many, percent, quantity, ratio } from "./words";

const LARGEST = 360;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 40 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const MOST_COLUMNS = 20;

/** How often predictions are right, by their probability; null where there are no probabilities. */
export function calibration(report: Report): HTMLElement | null {
  const bins = report.calibration;
  if (!bins) return null;
  const box = h("div", { class: "scatter" });
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.min(LARGEST, Math.floor(box.clientWidth));
    if (now > 0 && now !== width) {
      width = now;
      refill(box, drawing(bins, width));
    }
  }).observe(box);
  return h("section", { id: "calibration", "aria-labelledby": "calibration-title" },
    h("h2", { id: "calibration-title" }, "Whether probabilities hold"),
    h("p", {}, calibrationLead(bins)),
    h("div", { class: "two" },
      h("div", {}, box),
      h("div", {}, binTable(bins),
        h("p", { class: "quiet small" },
          "Rows by the probability of the class predicted for them. On the line, as many are right as it says."))));
}

/** The mean distance between probability and part right, weighed by rows. */
export function calibrationLead(bins: CalibrationBin[]): string {
  const rows = bins.reduce((sum, one) => sum + one.rows, 0);
  const away = bins.reduce(
    (sum, one) => sum + one.rows * Math.abs(number(one.probability) - number(one.right)), 0) / rows;
  return `The probability of the predicted class differs from the part that is right by ${percent(away)} on average, ` +
    `over ${many(rows, "row")}.`;
}

function drawing(bins: CalibrationBin[], side: number): SVGElement {
  const height = side - MARGIN.left - MARGIN.right + MARGIN.top + MARGIN.bottom;
  const x = (value: number) => MARGIN.left + value * (side - MARGIN.left - MARGIN.right);
  const y = (value: number) => height - MARGIN.bottom - value * (height - MARGIN.top - MARGIN.bottom);
  const places = bins.map((one) => [x(number(one.probability)), y(number(one.right))] as const);
  const path = places.map(([left, top], place) => `${place ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");
  return s("svg", {
    width: side, height, viewBox: `0 0 ${side} ${height}`, role: "img",
    "aria-label": `Part right against probability: ${bins.map((one) =>
      `${ratio(one.right)} at ${ratio(one.probability)}`).join("; ")}.`,
  },
    TICKS.map((tick) => [
      s("line", { class: "hair", x1: MARGIN.left, x2: side - MARGIN.right, y1: y(tick), y2: y(tick) }),
      s("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, String(tick)),
      s("text", { x: x(tick), y: height - MARGIN.bottom + 18, "text-anchor": "middle" }, String(tick)),
    ]),
    s("line", { class: "equal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    s("text", { x: side - MARGIN.right, y: height - 4, "text-anchor": "end" }, "probability"),
    s("text", { x: MARGIN.left + 4, y: MARGIN.top + 4 }, "part right"),
    s("path", { class: "curve first", d: path }),
    places.map(([left, top]) => s("circle", { class: "dot first", cx: left.toFixed(1), cy: top.toFixed(1), r: 3 })));
}

function binTable(bins: CalibrationBin[]): HTMLElement {
  return h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, ["probability", "mean", "right", "rows"].map((name) =>
      h("th", { scope: "col", class: "figure" }, name)))),
    h("tbody", {}, bins.map((one) => h("tr", {},
      h("th", { scope: "row", class: "figure" }, `${number(one.from).toFixed(1)} to ${number(one.to).toFixed(1)}`),
      [one.probability, one.right].map((value) =>
        h("td", { class: "figure mono", title: exact(number(value)) }, ratio(value))),
      h("td", { class: "figure mono" }, count(one.rows))))));
}

/** How much worse the predictions are where a column is shuffled; null where it was not measured. */
export function importance(report: Report): HTMLElement | null {
  const found = report.importance;
  if (!found) return null;
  const most = Math.max(...found.columns.map((one) => number(one.drop)), 1e-12);
  const top = found.columns.slice(0, MOST_COLUMNS);
  const rest = found.columns.slice(MOST_COLUMNS);
  return h("section", { id: "importance", "aria-labelledby": "importance-title" },
    h("h2", { id: "importance-title" }, "Which columns matter"),
    h("p", {}, importanceLead(found)),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "importance of columns" },
      columnTable(top, most)),
    rest.length > 0 && h("details", {}, h("summary", {}, `${many(rest.length, "more column")}`), columnTable(rest, most)));
}

export function importanceLead(found: Importance): string {
  const times = found.repeats === 1 ? "once" : `${count(found.repeats)} times`;
  return `How far the ${found.score} falls when the values of a column are shuffled among ` +
    `${many(found.rows, "row")}, ${times} each. Columns that say the same share their importance.`;
}

function columnTable(columns: Importance["columns"], most: number): HTMLElement {
  const texts = aligned(columns.map((one) => shown(number(one.drop), 3)));
  return h("table", { class: "plain importance" },
    h("tbody", {}, columns.map((one, place) => {
      const bar = h("span", { class: "bar" });
      bar.style.width = `${(Math.max(0, number(one.drop)) / most) * 100}%`;
      return h("tr", {},
        h("th", { scope: "row", title: one.column }, label(one.column, 32)),
        h("td", { class: "figure mono", title: `${exact(number(one.drop))}; standard deviation ${shown(number(one.spread))}` },
          texts[place]!),
        h("td", { class: "track-cell", "aria-hidden": "true" }, h("span", { class: "track" }, bar)));
    })));
}

/** A sentence on the interval of a regression; "" where there is none. */
export function intervalText(report: Report): string {
  const found = report.interval;
  if (!found) return "";
  return ` The ${percent(number(found.coverage))} interval, prediction ± ${quantity(found.plus_minus)}, ` +
    `holds ${percent(number(found.covered))} of these rows.`;
}
