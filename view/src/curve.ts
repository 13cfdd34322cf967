// What was measured over the epochs: lines named at their ends, the best epoch marked, the axes no
// longer than the data.

import { h, s } from "./dom";
import { count, exact, shown } from "./numbers";
import type { Flat } from "./payload";
import { number } from "./payload";

export interface Curve {
  name: string;
  /** What is counted along the curve: epoch. */
  along: string;
  series: { name: string; values: Flat }[];
  /** The place of the best, counted from 0; null where none is. */
  best: number | null;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [344, 168, 60, 84, 12, 24] as const;
/** From this ratio of the largest to the smallest on, sizes are drawn by their logarithms. */
const LOGARITHMIC = 50;

export function curve({ name, along, series, best }: Curve): HTMLElement {
  const lines = series.map((one) => ({ name: one.name, values: one.values.map(number) }));
  const length = Math.max(...lines.map(({ values }) => values.length), 1);
  const finite = lines.flatMap(({ values }) => values.filter(Number.isFinite));
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const isLog = low > 0 && high / low >= LOGARITHMIC;
  const height = (value: number) => (isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low || 1));
  const x = (place: number) => LEFT + (place / Math.max(1, length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - height(value) * (HEIGHT - TOP - BOTTOM);
  const readout = h("p", { class: "readout mono", "aria-hidden": "true" });
  const cursor = s("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const drawing = s("svg", { class: "curve", width: WIDTH, height: HEIGHT, role: "img",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-label": `${name} by ${along}; the numbers follow` },
    finite.length ? axes(low, high, length, along, y, x) : null,
    best === null ? null : s("line", { class: "best", x1: x(best), x2: x(best), y1: TOP, y2: HEIGHT - BOTTOM }),
    lines.map(({ values }, place) => s("path", { class: `series s${place}`, d: pathOf(values, x, y) })),
    finite.length ? endLabels(lines, x, y) : null,
    cursor);
  const tell = (place: number | null) => {
    cursor.setAttribute("visibility", place === null ? "hidden" : "visible");
    if (place === null) return void (readout.textContent = "");
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, String(x(place)));
    const values = lines.map((one) => `${one.name} ${shown(one.values[place] ?? NaN)}`);
    readout.textContent = `${along} ${place + 1}   ${values.join("   ")}`;
  };
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const at = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
    tell(Math.min(length - 1, Math.max(0, Math.round(at * (length - 1)))));
  });
  drawing.addEventListener("pointerleave", () => tell(null));
  return h("figure", {},
    h("figcaption", {}, h("h2", {}, name, isLog ? h("span", { class: "quiet" }, ", logarithmic") : null,
      best === null ? null : h("span", { class: "quiet" }, `, best at ${along} ${count(best + 1)}`))),
    drawing, readout,
    h("details", {}, h("summary", {}, "numbers"), table(lines, length, along)));
}

function axes(
  low: number, high: number, length: number, along: string, y: (value: number) => number, x: (place: number) => number,
): SVGElement {
  const label = (text: string, left: number, top: number, anchor: string) =>
    s("text", { class: "end mono", x: left, y: top, "text-anchor": anchor }, text);
  const base = HEIGHT - BOTTOM + 4;
  return s("g", {},
    s("line", { class: "axis", x1: LEFT - 8, x2: LEFT - 8, y1: y(high), y2: y(low) }),
    s("line", { class: "axis", x1: x(0), x2: x(length - 1), y1: base, y2: base }),
    label(shown(high), LEFT - 12, y(high) + 4, "end"),
    high > low ? label(shown(low), LEFT - 12, y(low) + 4, "end") : null,
    label(`${along} 1`, x(0), base + 15, "start"),
    length > 1 ? label(count(length), x(length - 1), base + 15, "end") : null);
}

/** The line through what is finite; it breaks where something is not. */
function pathOf(values: number[], x: (place: number) => number, y: (value: number) => number): string {
  let isOpen = false;
  return values.map((value, place) => {
    if (!Number.isFinite(value)) return (isOpen = false), "";
    const step = `${isOpen ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    isOpen = true;
    return step;
  }).join("");
}

/** Each line's name at its end, moved apart where lines end together. */
function endLabels(
  lines: { name: string; values: number[] }[], x: (place: number) => number, y: (value: number) => number,
): SVGElement {
  const ends = lines.map(({ name, values }, place) => {
    const last = values.findLastIndex(Number.isFinite);
    return { name, place, x: x(Math.max(0, last)) + 6, y: last < 0 ? TOP : y(values[last]!) + 4 };
  }).sort((a, b) => a.y - b.y);
  ends.forEach((end, at) => {
    if (at) end.y = Math.max(end.y, ends[at - 1]!.y + 14);
  });
  return s("g", {}, ends.map((end) => s("text", { class: `end name s${end.place}`, x: end.x, y: end.y },
    end.name.length > 12 ? `${end.name.slice(0, 11)}…` : end.name)));
}

function table(lines: { name: string; values: number[] }[], length: number, along: string): HTMLElement {
  return h("div", { class: "box tall", tabindex: "0", role: "region", "aria-label": "numbers of the curve" },
    h("table", { class: "numbers" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, along),
        lines.map(({ name }) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, Array.from({ length }, (_, place) => h("tr", {},
        h("th", { scope: "row" }, String(place + 1)),
        lines.map(({ values }) => {
          const value = values[place];
          return value === undefined ? h("td", {}) : h("td", { title: exact(value), "data-exact": exact(value) }, shown(value));
        }))))));
}
