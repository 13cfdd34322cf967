// The picture of the network: columns of units from left to right, with their names and numbers.

import type { App, Lens } from "./app";
import type { Layout, UnitPosition } from "./layout";
import { arcs, skipsSentence } from "./arcs";
import { layoutOf } from "./layout";
import { linesOf, unitsOf } from "./lens";
import { count, scaleEnd, seemsExact, shown } from "./numbers";
import type { Quantity } from "./payload";
import { pixels } from "./pixels";
import { pointer } from "./pointer";
import { LEVELS, level, most } from "./scale";
import type { Child, Memo, Tree } from "./tree";
import { h, s } from "./tree";
import { walked } from "./walking";
import { wires, strongWires, wiresEnd } from "./wires";
import { clipped, short } from "./names";

/** How far the frame of a layer norm is from its units. */
const FRAME = 7;
/** The height of the number under a unit. */
const CAPTION = 12;
/** The distance between two columns from which on there is room for numbers. */
const ROOM = 60;
/** The distance from which on there is room for a name before the number. */
const NAMED = 90;

type MaybeTrees = (Tree | null)[];

/** Draw the picture; `say` tells the number under the pointer. */
export function picture(app: App, width: number, room: number, say: (text: string) => void, memo: Memo): Tree[] {
  const layout = memo("layout", [app.recorded, width, room], () => layoutOf(app, width, room));
  const { columns } = app.step.payload;
  return [
    wires(app, layout, memo),
    s("svg", { class: "picture", width, height: layout.height, viewBox: `0 0 ${width} ${layout.height}`,
      role: "group", tabindex: 0, "data-key": "picture", "aria-label": description(app),
      keydown: (event: KeyboardEvent) => walked(app, event), ...pointer(app, layout, say) },
      s("g", {}, strongWires(app, layout)),
      s("g", {}, arcs(app, layout)),
      columns.map((_, column) => {
        const quantity = unitsOf(app, column, app.lens);
        const lines = column ? linesOf(app, column, app.lens) : null;
        const focused = focusedUnits(app, column);
        return memo(`units ${column}`, [app.step, layout, app.row, quantity, lines, quantity === app.here, isNormNow(app, columns[column]!.layers), focused.join()],
          () => s("g", {}, column ? between(app, layout, column, lines) : null, units(app, layout, column, quantity, focused)));
      })),
  ];
}

function description(app: App): string {
  const widths = app.step.payload.columns.map(({ width }) => count(width)).join(" to ");
  return `Network of ${widths} units, showing ${app.lens}.${skipsSentence(app)} The arrow keys go from unit to unit, Enter to the lines into one.`;
}

/** The value of a unit for the current row. */
function unitValue(app: App, quantity: Quantity | null, unit: number): number | undefined {
  if (!quantity) return undefined;
  return app.step.at(quantity, quantity.shape.length === 2 ? [app.row, unit] : [unit]);
}

/** The end of the colour scale of a column or of a set of lines, as a label. */
function scaleLabel(quantity: Quantity, end: number, x: number, y: number, { gap }: Layout, hasNegative = true): Tree | null {
  if (gap < ROOM) return null;
  const text = scaleEnd(end, hasNegative);
  const name = short(quantity.symbol.text);
  return s("text", { class: "end", x, y, "text-anchor": "middle" },
    gap < NAMED || name.length > 5 ? null : s("tspan", { class: "quiet" }, `${name} `), s("tspan", { class: "mono" }, text));
}

// -- units ---------------------------------------------------------------------------------------

/** The end of the colour scale of the lines before a column. */
function between(app: App, layout: Layout, column: number, quantity: Quantity | null): Tree | null {
  const [from, to] = [layout.columns[column - 1]!, layout.columns[column]!];
  if (!quantity) return null;
  const x = from.image ? (from.x + from.image / 2 + to.x - to.thumb!) / 2 : (from.x + to.x) / 2;
  return scaleLabel(quantity, wiresEnd(app, layout, column, quantity), x, layout.height - 8, layout);
}

function units(app: App, layout: Layout, column: number, quantity: Quantity | null, focused: number[]): MaybeTrees {
  const { columns } = app.step.payload;
  const place = layout.columns[column]!;
  const value = (unit: number) => unitValue(app, quantity, unit);
  const everything = Array.from({ length: columns[column]!.width }, (_, unit) => value(unit) ?? NaN);
  const end = most(everything);
  const isNow = !!quantity && quantity === app.here;
  return [
    s("text", { class: `head${isNow ? " now" : ""}`, x: place.x, y: 16, "text-anchor": "middle" },
      shortened(place.head, layout.headLetters)),
    norm(app, place.spots, columns[column]!.layers),
    place.image ? image(app, place.x, place.y, place.image, value, end) : null,
    ...(place.image ? [] : place.spots.map((spot) =>
      unit(app, layout, column, spot, value(spot.unit), end, focused.includes(spot.unit)))),
    ...rest(place.x, layout.height - 40, columns[column]!.width - place.spots.length, !!place.image),
    quantity ? scaleLabel(quantity, end, place.x, layout.height - 24, layout, everything.some((one) => one < 0)) : null,
  ];
}

const normsOf = (app: App, layers: string[]) => app.step.payload.layers.filter(({ path, kind }) => kind === "LayerNorm" && layers.includes(path));
const isNormNow = (app: App, layers: string[]) => normsOf(app, layers).some(({ path }) => path === app.here.layer);

/** A frame around the units that a layer norm makes one set of: each depends on all of them. */
function norm(app: App, spots: UnitPosition[], layers: string[]): Tree | null {
  if (!normsOf(app, layers).length || !spots.length) return null;
  const [first, last] = [spots[0]!, spots[spots.length - 1]!];
  const wide = first.r + FRAME;
  return s("g", { class: `norm${isNormNow(app, layers) ? " now" : ""}` },
    s("title", {}, "layer norm: the units of a row are normalised together"),
    s("rect", { x: first.x - wide, y: first.y - wide, width: 2 * wide, height: last.y - first.y + 2 * wide + CAPTION, rx: wide }));
}

function image(
  app: App, x: number, y: number, size: number, value: (unit: number) => number | undefined,
  end: number,
): Tree {
  const [rows, width] = app.step.payload.inputs.image!;
  return s(
    "g",
    { class: "image", transform: `translate(${x - size / 2} ${y - size / 2})` },
    s("rect", { width: size, height: size, class: "frame" }),
    pixels([rows, width], (row, column) => value(row * width + column), end, size / width, size / rows),
  );
}

function unit(
  app: App, layout: Layout, column: number, spot: UnitPosition, value: number | undefined, end: number, isFocus: boolean,
): Tree {
  return s("g", {},
    s("circle", { class: `unit fill ${level(value, end)}`, cx: spot.x, cy: spot.y, r: spot.r }),
    caption(app, layout, column, spot, value),
    isFocus ? s("circle", { class: "focus", cx: spot.x, cy: spot.y, r: spot.r + 4 }) : null);
}

/** The units of a column that the number in focus belongs to. */
function focusedUnits(app: App, column: number): number[] {
  const { quantity, index } = app.focus;
  return index.filter((_, axis) => quantity.axes[axis] !== "row" && app.step.columnOfAxis(quantity, axis) === column);
}

/** The label of a unit: its name, its number, whether it is the target. */
function caption(app: App, layout: Layout, column: number, spot: UnitPosition, value: number | undefined): MaybeTrees {
  const text = value === undefined ? "" : shown(value);
  const { columns } = app.step.payload;
  const place = layout.columns[column]!;
  const label = (x: number, y: number, anchor: string, ...parts: Child[]) =>
    s("text", { class: "label", x, y, "text-anchor": anchor }, parts);
  const name = clipped(app.step.unitLabel(column, spot.unit), layout.letters);
  const about = value !== undefined && seemsExact(value) ? s("tspan", { class: "quiet" }, "≈ ") : null;
  const mono = (words: string) => [about, s("tspan", { class: "mono" }, words)];
  const figure = (x: number, y: number, anchor: string) =>
    s("text", { class: "label mono", x, y, "text-anchor": anchor }, about, text);
  if (column === 0) {
    const x = spot.x - spot.r - 8;
    const inputs = app.step.find("x")!;
    const isInput = value !== undefined && value === app.step.at(inputs, [app.row, spot.unit]);
    const own = isInput ? app.step.cell(inputs, [app.row, spot.unit]) ?? app.step.given(inputs, [app.row, spot.unit])?.text : null;
    const unit = app.step.payload.inputs.cells ? "" : " sd";
    const words = own ? [s("tspan", { class: "mono" }, clipped(own, layout.letters)), layout.isTight ? null : s("tspan", { class: "mono quiet" }, unit ? `, ${text}${unit}` : ` → ${text}`)] : mono(text);
    if (place.spacing < 30) return [label(x, spot.y + 4, "end", `${name} `, own ? s("tspan", { class: "mono" }, clipped(own, layout.letters)) : mono(text))];
    return [label(x, spot.y - 3, "end", name), label(x, spot.y + 12, "end", words)];
  }
  if (column === columns.length - 1) {
    const x = spot.x + spot.r + 8;
    const aim = targetOf(app, spot.unit, layout.isTight);
    const own = predicted(app, spot.unit, value);
    const words = own ? [s("tspan", { class: "mono" }, own), layout.isTight ? null : s("tspan", { class: "mono quiet" }, `, ${text} sd`)] : mono(text);
    const onFirst = name.length <= Math.max(text.length, layout.isTight ? 0 : 11);
    const isLong = layout.isTight && Math.min(name.length, text.length) + aim.length > layout.besideLetters;
    const isBelow = isLong && aim[0] !== "←";
    const goal = aim && !isBelow ? [s("tspan", { class: "target" }, ` ${isLong ? aim[0]! : aim}`)] : [];
    if (place.spacing < 30) return [label(x, spot.y + 4, "start", mono(text), ` ${name}`, ...goal)];
    return [
      label(x, spot.y - 3, "start", name, ...(onFirst ? goal : [])),
      label(x, spot.y + 12, "start", words, ...(onFirst ? [] : goal)),
      isBelow && place.spacing >= 48 ? label(x, spot.y + 27, "start", s("tspan", { class: "target" }, aim)) : null,
    ];
  }
  if (!text || place.spacing < 13 || layout.gap < ROOM) return [];
  if (place.spacing >= 42) {
    return [figure(spot.x, spot.y + spot.r + 13, "middle")];
  }
  return layout.gap > 130 ? [figure(spot.x + spot.r + 5, spot.y + 4, "start")] : [];
}

/** The prediction of a row as the table has its target; null where that is not another number, or another one is shown. */
function predicted(app: App, unit: number, value: number | undefined): string | null {
  const output = app.step.find("p") ?? app.step.find("o");
  if (!output || value === undefined || value !== app.step.at(output, [app.row, unit])) return null;
  return app.step.given(output, [app.row, unit])?.text ?? null;
}

function targetOf(app: App, unit: number, isTight: boolean): string {
  const targets = app.step.find("t");
  const value = targets && app.step.at(targets, [app.row, unit]);
  if (value === undefined) return "";
  if (app.step.payload.outputs.names || app.step.find("p")?.path === "p") {
    return value === 0 ? "" : value === 1 ? "← target" : `← ${shown(value)}`;
  }
  const own = app.step.given(targets!, [app.row, unit]);
  return own ? `target ${own.text}${isTight ? "" : `, ${shown(value)} sd`}` : `target ${shown(value)}`;
}

function rest(x: number, y: number, more: number, isImage: boolean): MaybeTrees {
  if (more <= 0 || isImage) return [];
  return [s("text", { class: "end", x, y, "text-anchor": "middle" }, `+ ${count(more)} more`)];
}

/** The first words of a heading that fit; at least the number of units. */
function shortened(text: string, letters: number): string {
  const [width, ...words] = text.replace(/(layer|batch) norm/g, "$1\u00a0norm").split(" ");
  return words.reduce((so_far, word) => (`${so_far} ${word}`.length <= letters ? `${so_far} ${word}` : so_far), width!);
}

/** How to read the picture: one line under it. */
export function legend(app: App): Tree {
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
