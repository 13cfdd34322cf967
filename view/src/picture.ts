// The network: columns of units from left to right, lines between them.

import type { App, Lens } from "./app";
import { h, s } from "./dom";
import type { Layout, Spot } from "./layout";
import { layoutOf } from "./layout";
import { linesOf, unitsOf } from "./lens";
import { count, exact, shown } from "./numbers";
import type { Quantity } from "./payload";
import { pixels } from "./pixels";
import { LEVELS, level, most } from "./scale";
import { address } from "./step";
import { short } from "./write";

/** More lines than these between two columns are drawn finer. */
const MANY = 200;

/** A column's distance from the next that leaves room for numbers. */
const ROOM = 60;

type Draw = (SVGElement | null)[];

/** The picture, and what it says of the number under the pointer. */
export function picture(app: App, width: number, say: (text: string) => void): SVGSVGElement {
  const layout = layoutOf(app, width);
  const { columns } = app.step.payload;
  const drawing = s(
    "svg",
    { class: "picture", width, height: layout.height, viewBox: `0 0 ${width} ${layout.height}`,
      role: "img", "aria-label": described(app) },
    columns.flatMap((_, column) => (column ? lines(app, layout, column) : [])),
    columns.flatMap((_, column) => units(app, layout, column)),
  );
  react(drawing, app, layout, say);
  return drawing;
}

function described(app: App): string {
  const widths = app.step.payload.columns.map(({ width }) => count(width)).join(" to ");
  return `Network of ${widths} units, showing ${app.lens}. Its numbers are in the table below.`;
}

/** The value of a unit in the row looked at. */
function unitValue(app: App, quantity: Quantity | null, unit: number): number | undefined {
  if (!quantity) return undefined;
  return app.step.at(quantity, quantity.shape.length === 2 ? [app.row, unit] : [unit]);
}

// -- lines ---------------------------------------------------------------------------------------

function lines(app: App, layout: Layout, column: number): Draw {
  const quantity = linesOf(app, column, app.lens);
  const from = layout.columns[column - 1]!;
  const to = layout.columns[column]!;
  const middle = (from.x + to.x) / 2;
  if (from.image) return thumbnails(app, layout, column, quantity);
  if (!quantity) return unknownLines(from.spots, to.spots);
  const values: { value: number; from: Spot; to: Spot }[] = [];
  for (const source of from.spots)
    for (const target of to.spots) {
      const value = app.step.at(quantity, [source.unit, target.unit]);
      if (value !== undefined) values.push({ value, from: source, to: target });
    }
  const end = quantity.summary ? endOf(quantity) : most(values.map(({ value }) => value));
  const strong = emphasised(app, column);
  const dim = strongColumn(app) !== null;
  const groups = new Map<string, string[]>();
  for (const line of values) {
    const isStrong = strong(line.from.unit, line.to.unit);
    const key = `${level(line.value, end)}${isStrong ? " strong" : ""}`;
    let parts = groups.get(key);
    if (!parts) groups.set(key, (parts = []));
    parts.push(segment(line.from, line.to));
  }
  const rank = (key: string) => (key.includes("strong") ? 100 : 0) + Number(key[1] ?? 0);
  return [
    s(
      "g",
      { class: `lines${dim ? " dim" : ""}${values.length > MANY ? " many" : ""}` },
      [...groups]
        .sort(([a], [b]) => rank(a) - rank(b))
        .map(([key, parts]) => s("path", { class: `line ${key}`, d: parts.join("") })),
    ),
    ends(quantity, end, middle, layout.height - 8, layout),
  ];
}

function segment(from: Spot, to: Spot): string {
  return `M${from.x + from.r} ${from.y}L${to.x - to.r} ${to.y}`;
}

function unknownLines(from: Spot[], to: Spot[]): Draw {
  const d = from.flatMap((source) => to.map((target) => segment(source, target))).join("");
  return [s("path", { class: "line unknown", d })];
}

/** Whether the number that is looked at came back through lines, from right to left. */
const isError = (quantity: Quantity) => quantity.phase === "backward" && quantity.axes[0] === "row";

/** The column whose lines belong to the number that is looked at, null where none do. */
function strongColumn(app: App): number | null {
  const { quantity } = app.focus;
  if (quantity.axes.length < 2) return null;
  const column = app.step.columnOfAxis(quantity, 1) + (isError(quantity) ? 1 : 0);
  return column > 0 && column < app.step.payload.columns.length ? column : null;
}

/** Which lines into a column belong to the number that is looked at. */
function emphasised(app: App, column: number): (from: number, to: number) => boolean {
  const { quantity, index } = app.focus;
  if (strongColumn(app) !== column) return () => false;
  if (quantity.axes[0] === "input") return (from, to) => from === index[0] && to === index[1];
  return isError(quantity) ? (from) => from === index[1] : (_, to) => to === index[1];
}

const endOf = (quantity: Quantity) => Number(quantity.summary!.tiles.most);

/** Where the scale of a column or a set of lines ends. */
function ends(quantity: Quantity, end: number, x: number, y: number, { isTight, gap }: Layout): SVGElement | null {
  if (gap < ROOM) return null;
  const text = `±${shown(end)}`;
  const name = short(quantity.symbol.text);
  return s("text", { class: "end", x, y, "text-anchor": "middle" },
    isTight || name.length > 5 ? null : s("tspan", { class: "quiet" }, `${name} `), s("tspan", { class: "mono" }, text));
}

/** The weights of each unit of the first layer as an image like the inputs. */
function thumbnails(app: App, layout: Layout, column: number, quantity: Quantity | null): Draw {
  const from = layout.columns[column - 1]!;
  const [rows, width] = app.step.payload.inputs.image!;
  const { spots, thumb } = layout.columns[column]!;
  const middle = (from.x + from.image! / 2 + spots[0]!.x - thumb!) / 2;
  if (!quantity) return [];
  const end = quantity.summary
    ? endOf(quantity)
    : most(app.step.numbers(quantity).all ?? []);
  return [
    ...spots.map((spot) =>
      s(
        "g",
        { transform: `translate(${spot.x - spot.r - 6 - thumb!} ${spot.y - thumb! / 2})`,
          class: "thumbnail" },
        pixels([rows, width], (row, place) =>
          app.step.at(quantity, [row * width + place, spot.unit]), end, thumb! / width, thumb! / rows),
      ),
    ),
    ends(quantity, end, middle, layout.height - 8, layout),
  ];
}

// -- units ---------------------------------------------------------------------------------------

function units(app: App, layout: Layout, column: number): Draw {
  const { columns } = app.step.payload;
  const place = layout.columns[column]!;
  const quantity = unitsOf(app, column, app.lens);
  const value = (unit: number) => unitValue(app, quantity, unit);
  const everything = Array.from({ length: columns[column]!.width }, (_, unit) => value(unit) ?? NaN);
  const end = most(everything);
  const isNow = !!quantity && quantity === app.here;
  return [
    s("text", { class: `head${isNow ? " now" : ""}`, x: place.x, y: 16, "text-anchor": "middle" },
      clipped(place.head, layout.headLetters)),
    place.image ? image(app, place.x, place.y, place.image, value, end) : null,
    ...(place.image ? [] : place.spots.flatMap((spot) => unit(app, layout, column, spot, value(spot.unit), end))),
    ...rest(place.x, layout.height - 40, columns[column]!.width - place.spots.length, !!place.image),
    quantity ? ends(quantity, end, place.x, layout.height - 24, layout) : null,
  ];
}

function image(
  app: App, x: number, y: number, size: number, value: (unit: number) => number | undefined,
  end: number,
): SVGElement {
  const [rows, width] = app.step.payload.inputs.image!;
  return s(
    "g",
    { class: "image", transform: `translate(${x - size / 2} ${y - size / 2})` },
    s("rect", { width: size, height: size, class: "frame" }),
    pixels([rows, width], (row, column) => value(row * width + column), end, size / width, size / rows),
  );
}

function unit(
  app: App, layout: Layout, column: number, spot: Spot, value: number | undefined, end: number,
): Draw {
  const step = level(value, end);
  const isFocus = isLookedAt(app, column, spot.unit);
  const text = value === undefined ? "" : shown(value);
  return [
    s("circle", { class: `unit fill ${step}`, cx: spot.x, cy: spot.y, r: spot.r }),
    isFocus ? s("circle", { class: "focus", cx: spot.x, cy: spot.y, r: spot.r + 4 }) : null,
    ...caption(app, layout, column, spot, text),
  ];
}

function isLookedAt(app: App, column: number, unit: number): boolean {
  const { quantity, index } = app.focus;
  return index.some(
    (at, axis) =>
      quantity.axes[axis] !== "row" && at === unit && app.step.columnOfAxis(quantity, axis) === column,
  );
}

/** What stands beside a unit: its name, its number, whether it is the target. */
function caption(app: App, layout: Layout, column: number, spot: Spot, text: string): Draw {
  const { columns } = app.step.payload;
  const place = layout.columns[column]!;
  const label = (x: number, y: number, anchor: string, ...parts: (SVGElement | string)[]) =>
    s("text", { class: "label", x, y, "text-anchor": anchor }, ...parts);
  const name = clipped(app.step.unitLabel(column, spot.unit), layout.letters);
  const mono = (words: string) => s("tspan", { class: "mono" }, words);
  if (column === 0) {
    const x = spot.x - spot.r - 8;
    if (place.spacing < 30) return [label(x, spot.y + 4, "end", `${name} `, mono(text))];
    return [label(x, spot.y - 3, "end", name), label(x, spot.y + 12, "end", mono(text))];
  }
  if (column === columns.length - 1) {
    const x = spot.x + spot.r + 8;
    const aim = targetOf(app, spot.unit);
    const onFirst = !layout.isTight || name.length <= text.length;
    const isLong = layout.isTight && Math.min(name.length, text.length) + aim.length > 15;
    const goal = aim && (aim[0] === "←" || !isLong) ? [s("tspan", { class: "target" }, ` ${isLong ? aim[0]! : aim}`)] : [];
    if (place.spacing < 30) return [label(x, spot.y + 4, "start", mono(text), ` ${name}`, ...goal)];
    return [
      label(x, spot.y - 3, "start", name, ...(onFirst ? goal : [])),
      label(x, spot.y + 12, "start", mono(text), ...(onFirst ? [] : goal)),
    ];
  }
  if (!text || place.spacing < 20 || layout.gap < ROOM) return [];
  if (place.spacing >= 42) {
    return [label(spot.x, spot.y + spot.r + 13, "middle", mono(text))];
  }
  return layout.gap > 130 ? [label(spot.x + spot.r + 5, spot.y + 4, "start", mono(text))] : [];
}

function targetOf(app: App, unit: number): string {
  const targets = app.step.find("t");
  const value = targets && app.step.at(targets, [app.row, unit]);
  if (value === undefined) return "";
  if (app.step.payload.outputs.names || app.step.find("p")?.path === "p") {
    return value === 0 ? "" : value === 1 ? "← target" : `← ${shown(value)}`;
  }
  return `target ${shown(value)}`;
}

function rest(x: number, y: number, more: number, isImage: boolean): Draw {
  if (more <= 0 || isImage) return [];
  return [s("text", { class: "end", x, y, "text-anchor": "middle" }, `+ ${count(more)} more`)];
}

const clipped = (text: string, letters: number) =>
  text.length > letters ? `${text.slice(0, letters - 1).trimEnd()}…` : text;

// -- pointer -------------------------------------------------------------------------------------

interface Hit {
  quantity: Quantity;
  index: number[];
}

function react(drawing: SVGSVGElement, app: App, layout: Layout, say: (text: string) => void): void {
  const hit = (event: MouseEvent) => {
    const box = drawing.getBoundingClientRect();
    return nearest(app, layout, event.clientX - box.left, event.clientY - box.top);
  };
  drawing.addEventListener("click", (event) => {
    const found = hit(event);
    if (found) app.open(found.quantity, found.index);
  });
  drawing.addEventListener("pointermove", (event) => {
    const found = hit(event);
    drawing.classList.toggle("over", !!found);
    const value = found ? app.step.at(found.quantity, found.index) : undefined;
    say(found && value !== undefined
      ? `${address(found.quantity.path, found.index)} = ${exact(value, found.quantity.dtype)}` : "");
  });
  drawing.addEventListener("pointerleave", () => say(""));
}

/** The unit or line under a point. */
function nearest(app: App, layout: Layout, x: number, y: number): Hit | null {
  for (let column = 0; column < layout.columns.length; column++) {
    const place = layout.columns[column]!;
    const quantity = unitsOf(app, column, app.lens);
    const unit = unitAt(app, place, x, y);
    if (unit === null) continue;
    if (!quantity) return null;
    return { quantity, index: quantity.shape.length === 2 ? [app.row, unit] : [unit] };
  }
  let best: Hit | null = null;
  let distance = 5;
  for (let column = 1; column < layout.columns.length; column++) {
    const [from, to] = [layout.columns[column - 1]!, layout.columns[column]!];
    if (from.image || x < from.x || x > to.x) continue;
    const quantity = linesOf(app, column, app.lens);
    if (!quantity) continue;
    const along = (x - from.x) / (to.x - from.x);
    for (const source of from.spots)
      for (const target of to.spots) {
        const away = Math.abs(source.y + along * (target.y - source.y) - y);
        const index = [source.unit, target.unit];
        if (away >= distance || app.step.at(quantity, index) === undefined) continue;
        [best, distance] = [{ quantity, index }, away];
      }
  }
  return best;
}

function unitAt(app: App, place: Layout["columns"][number], x: number, y: number): number | null {
  if (place.image) {
    const [rows, width] = app.step.payload.inputs.image!;
    const column = Math.floor(((x - place.x) / place.image + 0.5) * width);
    const row = Math.floor(((y - place.y) / place.image + 0.5) * rows);
    const isInside = column >= 0 && column < width && row >= 0 && row < rows;
    return isInside ? row * width + column : null;
  }
  const spot = place.spots.find((one) => Math.hypot(one.x - x, one.y - y) <= one.r + 3);
  return spot ? spot.unit : null;
}

/** How the picture is read: one line under it. */
export function legend(app: App): HTMLElement {
  const steps = 2 * LEVELS + 1;
  const scale = s("svg", { class: "swatches", width: steps * 9, height: 9, "aria-hidden": "true" },
    pixels([1, steps], (_, at) => at - LEVELS, LEVELS, 9));
  const [discs, between] = SHOWS[app.lens];
  const hasImages = app.step.payload.inputs.image !== null;
  const small = hasImages ? `small images and lines: ${between}` : `lines: ${between}`;
  return h("p", { class: "legend" },
    h("span", { class: "nowrap" }, "− ", scale, " +"),
    ` discs: ${discs}. ${small[0]!.toUpperCase()}${small.slice(1)}, dashed where negative.`);
}

const SHOWS: Record<Lens, [string, string]> = {
  weights: ["biases", "weights"],
  values: ["values of this row", "weights"],
  "error signals": ["error signals of this row", "weights"],
  gradients: ["error signals of this row so far, values before them", "gradients of the weights"],
  updates: ["changes of the biases", "changes of the weights"],
};
