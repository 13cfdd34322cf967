// The lines between columns. They are drawn in separate elements under the picture, because drawing
// hundreds of them is most of the cost of a moment. Drawn lines are hidden, not removed, for reuse.

import type { App } from "./app";
import type { Layout, UnitPosition } from "./layout";
import { linesOf } from "./lens";
import type { Quantity } from "./payload";
import { pixels } from "./pixels";
import { level, most } from "./scale";
import type { Memo, Tree } from "./tree";
import { h, s } from "./tree";

/** More lines than these between two columns are drawn thin and pale. */
const MANY = 200;

/** All lines of the network, column by column from the left. */
export function wires(app: App, layout: Layout, memo: Memo): Tree {
  const drawn = memo("wires", [app.step, layout], () => layout.columns.map(() => new Map<string, Tree>()));
  const edges = layout.columns.map(({ x }, column) => (column ? Math.round(x) : 0));
  const above = s("svg", { class: "above", width: 1, height: layout.top });
  return h("div", { class: "wires-frame", "aria-hidden": "true" }, above, h("div", { class: "wires-row" }, layout.columns.slice(1).map((_, before) => {
    const column = before + 1;
    const width = edges[column]! - edges[before]!;
    const quantity = linesOf(app, column, app.lens);
    const isImage = layout.columns[before]!.image !== null;
    const isDim = quantity !== null && !isImage && (strongColumn(app) !== null || isMany(layout, column));
    const now = quantity?.path ?? "";
    if (!drawn[column]!.has(now)) {
      drawn[column]!.set(now, isImage ? thumbnails(app, layout, column, quantity) : lines(app, layout, column, quantity));
    }
    return h("div", { class: "wires-column" }, [...drawn[column]!].map(([path, drawing]) =>
      s("svg", { class: `wires${path !== now ? " away" : isDim ? " dim" : ""}`, width, height: layout.tall,
        viewBox: `${edges[before]} ${layout.top} ${width} ${layout.tall}` }, drawing)));
  })));
}

/** The lines of the number in focus; the other lines are pale. */
export function strongWires(app: App, layout: Layout): Tree | null {
  const column = strongColumn(app);
  const quantity = column === null ? null : linesOf(app, column, app.lens);
  if (column === null || !quantity || layout.columns[column - 1]!.image) return null;
  return s("g", {}, followedLine(app, layout, column), lines(app, layout, column, quantity, emphasised(app)));
}

/** A band under the line of a weight in focus, or of its gradient or its change. */
function followedLine(app: App, layout: Layout, column: number): Tree | null {
  const { quantity, index } = app.focus;
  if (quantity.axes[0] !== "input" || index.length !== 2) return null;
  const [from, to] = [layout.columns[column - 1]!, layout.columns[column]!].map(({ spots }, axis) =>
    spots.find(({ unit }) => unit === index[axis]));
  return from && to ? s("path", { class: "line followed", d: segment(from, to) }) : null;
}

/** The end of the colour scale of the lines into a column. */
export function wiresEnd(app: App, layout: Layout, column: number, quantity: Quantity): number {
  if (quantity.summary) return Number(quantity.summary.tiles.most);
  if (layout.columns[column - 1]!.image) return most(app.step.numbers(quantity).all ?? []);
  return most(pairs(layout, column).flatMap(([from, to]) => app.step.at(quantity, [from.unit, to.unit]) ?? []));
}

const isMany = ({ columns }: Layout, column: number) =>
  columns[column - 1]!.spots.length * columns[column]!.spots.length > MANY;

function pairs(layout: Layout, column: number): [UnitPosition, UnitPosition][] {
  const [from, to] = [layout.columns[column - 1]!.spots, layout.columns[column]!.spots];
  return from.flatMap((source) => to.map((target): [UnitPosition, UnitPosition] => [source, target]));
}

function lines(
  app: App, layout: Layout, column: number, quantity: Quantity | null,
  chosen?: (from: number, to: number) => boolean,
): Tree {
  const all = pairs(layout, column);
  if (!quantity) return s("path", { class: "line unknown", d: all.map(([from, to]) => segment(from, to)).join("") });
  const end = wiresEnd(app, layout, column, quantity);
  const groups = new Map<string, string[]>();
  for (const [from, to] of all) {
    const value = app.step.at(quantity, [from.unit, to.unit]);
    if (value === undefined || (chosen && !chosen(from.unit, to.unit))) continue;
    const key = level(value, end);
    const parts = groups.get(key);
    if (parts) parts.push(segment(from, to));
    else groups.set(key, [segment(from, to)]);
  }
  const size = (key: string) => Number(key[1] ?? 0);
  return s("g", { class: `lines${isMany(layout, column) ? " many" : ""}` },
    [...groups].sort(([a], [b]) => size(a) - size(b)).map(([key, parts]) => s("path", { class: `line ${key}`, d: parts.join("") })));
}

function segment(from: UnitPosition, to: UnitPosition): string {
  return `M${from.x + from.r} ${from.y}L${to.x - to.r} ${to.y}`;
}

/** The weights of each unit of the first layer, as an image of the shape of the inputs. */
function thumbnails(app: App, layout: Layout, column: number, quantity: Quantity | null): Tree {
  const [rows, width] = app.step.payload.inputs.image!;
  const { spots, thumb } = layout.columns[column]!;
  if (!quantity) return s("g");
  const end = wiresEnd(app, layout, column, quantity);
  return s("g", {}, spots.map((spot) =>
    s("g", { transform: `translate(${spot.x - spot.r - 6 - thumb!} ${spot.y - thumb! / 2})` },
      pixels([rows, width], (row, place) => app.step.at(quantity, [row * width + place, spot.unit]),
        end, thumb! / width, thumb! / rows))));
}

/** Whether a quantity is an error signal, which passes through the lines from right to left. */
const isError = (quantity: Quantity) => quantity.phase === "backward" && quantity.axes[0] === "row";

/** The column whose lines belong to the number in focus; null if there is none. */
function strongColumn(app: App): number | null {
  const { quantity } = app.focus;
  if (quantity.axes.length < 2) return null;
  const column = app.step.columnOfAxis(quantity, 1) + (isError(quantity) ? 1 : 0);
  return column > 0 && column < app.step.payload.columns.length ? column : null;
}

/** Which lines of that column belong to the number in focus. */
function emphasised({ focus: { quantity, index } }: App): (from: number, to: number) => boolean {
  if (quantity.axes[0] === "input") return (from, to) => from === index[0] && to === index[1];
  return isError(quantity) ? (from) => from === index[1] : (_, to) => to === index[1];
}
