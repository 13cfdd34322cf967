// The numbers of the quantity in focus, as a table of buttons. Of a large quantity the table shows a
// window, and a map shows where the window is.

import type { App } from "./app";
import { h as element } from "./dom";
import type { Memo, Tree } from "./tree";
import { h, newMemo, refill, s } from "./tree";
import { header } from "./names";
import { aligned, count, exact, seemsExact, shown } from "./numbers";
import type { Quantity } from "./payload";
import { bytesOf, number } from "./payload";
import { pixels } from "./pixels";
import { level, most } from "./scale";
import type { Index } from "./step";
import { address } from "./step";
import { summaryPanel } from "./summary";
import { math } from "./primitives/write";
import { parsed } from "./mathml";

/** The size of a window, and the size of the largest table without a window. */
const [ROWS, COLUMNS] = [8, 8] as const;
const [ALL_ROWS, ALL_COLUMNS] = [12, 10] as const;
const OVERVIEW = 144;
const down = (grid: TableGrid) => (grid.rows.length <= ALL_ROWS ? ALL_ROWS : ROWS);
const across = (grid: TableGrid) => (grid.columns.length <= ALL_COLUMNS ? ALL_COLUMNS : COLUMNS);

/** The first row and the first column of a window. */
type WindowStart = [number, number];

export function tablePanel(app: App): HTMLElement {
  const panel = element("section", { class: "quantity", "aria-label": "numbers of the quantity" });
  const readout = element("p", { class: "readout mono", "aria-hidden": "true" });
  const starts = new Map<string, WindowStart>();
  const memo = newMemo();
  const body = element("div", {});
  let seen = "";
  const draw = () => {
    const { quantity, index } = app.focus;
    const key = address(quantity.path, index);
    if (key !== seen) {
      seen = key;
      starts.set(quantity.path, windowAround(app, quantity, index, starts.get(quantity.path)));
    }
    refill(body, contents(app, quantity, starts, draw, memo));
    refill(readout);
  };
  app.listen(draw);
  const read = (event: Event) => {
    const target = event.target as Element;
    const text = target.getAttribute?.("data-exact");
    const name = target.getAttribute?.("data-address");
    if (text && name) refill(readout, `${name} = ${text}`);
  };
  panel.addEventListener("focusin", read);
  panel.addEventListener("pointerover", read);
  panel.append(body, readout);
  return panel;
}

/** The rows and columns of the table; a vector is one row. */
interface TableGrid {
  rows: number[];
  columns: number[];
  index: (row: number, column: number) => Index;
  rowLabel: (row: number) => string;
  columnLabel: (column: number) => string;
}

function gridOf(app: App, quantity: Quantity): TableGrid {
  const { shape } = quantity;
  const list = (size: number) => Array.from({ length: size }, (_, place) => place);
  if (shape.length === 1) {
    return {
      rows: [0],
      columns: list(shape[0]!),
      index: (_, column) => [column],
      rowLabel: () => "",
      columnLabel: (column) => app.step.label(quantity, 0, column),
    };
  }
  const places = (axis: number) =>
    quantity.summary && quantity.axes[axis] !== "row"
      ? app.step.payload.columns[app.step.columnOfAxis(quantity, axis)]!.shown
      : list(shape[axis]!);
  return {
    rows: places(0),
    columns: places(1),
    index: (row, column) => [row, column],
    rowLabel: (row) => app.step.label(quantity, 0, row),
    columnLabel: (column) => app.step.label(quantity, 1, column),
  };
}

/** The start of a window that shows a number: the present one if it does. */
function windowAround(app: App, quantity: Quantity, index: Index, present: WindowStart = [0, 0]): WindowStart {
  if (!quantity.shape.length) return present;
  const grid = gridOf(app, quantity);
  const [row, column] = index.length === 1 ? [0, index[0]!] : (index as [number, number]);
  const start = (at: number, from: number, size: number, all: number) =>
    at < 0 || (at >= from && at < from + size) ? from : fitting(Math.floor(at / size) * size, size, all);
  return [
    start(grid.rows.indexOf(row), present[0], down(grid), grid.rows.length),
    start(grid.columns.indexOf(column), present[1], across(grid), grid.columns.length),
  ];
}

/** The start of a window that does not reach beyond the end. */
function fitting(from: number, size: number, all: number): number {
  return Math.max(0, Math.min(from, all - size));
}

function contents(
  app: App, quantity: Quantity, starts: Map<string, WindowStart>, redraw: () => void, memo: Memo,
): (Tree | null)[] {
  if (!quantity.shape.length) return [];
  const grid = gridOf(app, quantity);
  const start = starts.get(quantity.path) ?? [0, 0];
  const move = (rows: number, columns: number) => {
    starts.set(quantity.path, [rows, columns]);
    redraw();
  };
  const isWindow = grid.rows.length > down(grid) || grid.columns.length > across(grid);
  return [
    heading(app, quantity, grid, start, isWindow),
    h("div", { class: "table-and-map" },
      h("div", { class: "box", tabindex: "0", role: "region", "aria-label": `table of ${quantity.path}` },
        table(app, quantity, grid, start)),
      isWindow || quantity.summary ? overview(app, quantity, grid, start, move, memo) : null),
    quantity.summary ? memo(`summary ${quantity.path}`, [app.step], () => summaryPanel(app, quantity)) : null,
  ];
}

function heading(app: App, quantity: Quantity, grid: TableGrid, [row, column]: WindowStart, isWindow: boolean): Tree {
  const name = parsed(`<math>${quantity.symbol.mathml}</math>`) ?? math();
  const span = (from: number, size: number, places: number[], label: (place: number) => string, word: string) =>
    size >= places.length ? `all ${count(places.length)} ${word}s`
      : `${label(places[from]!)} to ${label(places[Math.min(from + size, places.length) - 1]!)} of ${count(places.length)}`;
  const [upright, along] = quantity.shape.length === 1 ? [null, quantity.axes[0]!] : [quantity.axes[0]!, quantity.axes[1]!];
  const parts = isWindow
    ? [upright && span(row, down(grid), grid.rows, grid.rowLabel, upright), span(column, across(grid), grid.columns, grid.columnLabel, along)]
    : [quantity.shape.map(count).join(" × "), quantity.axes.join(" × ")];
  return h("h2", {}, name, quantity === app.here ? " " : ` ${quantity.meaning} `,
    h("span", { class: "quiet" }, parts.filter(Boolean).join(", ")));
}

const ARROWS: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Go from number to number by the arrow keys. */
function walked(app: App, quantity: Quantity, grid: TableGrid, event: KeyboardEvent): void {
  const by = ARROWS[event.key];
  const box = event.currentTarget as Element;
  const name = (event.target as Element).getAttribute("data-key");
  if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !name?.startsWith("cell ")) return;
  event.preventDefault();
  event.stopPropagation();
  const places = name.slice(name.lastIndexOf("[") + 1, -1).split(",").map(Number);
  const [row, column] = places.length === 1 ? [0, places[0]!] : (places as [number, number]);
  const next = [grid.rows[grid.rows.indexOf(row) + by[0]], grid.columns[grid.columns.indexOf(column) + by[1]]];
  if (next[0] === undefined || next[1] === undefined) return;
  const index = grid.index(next[0], next[1]);
  app.open(quantity, index);
  box.querySelector<HTMLElement>(`[data-key="cell ${address(quantity.path, index)}"]`)?.focus();
}

function table(app: App, quantity: Quantity, grid: TableGrid, [top, left]: WindowStart): Tree {
  const rows = grid.rows.slice(top, top + down(grid));
  const columns = grid.columns.slice(left, left + across(grid));
  // One stop of the Tab key for the whole table: the number in focus, else the first one.
  const focus = address(quantity.path, app.focus.index);
  const names = rows.flatMap((row) => columns.map((column) => address(quantity.path, grid.index(row, column))));
  const stop = names.includes(focus) && app.focus.quantity === quantity ? focus : names[0]!;
  const value = (row: number, column: number) => app.step.at(quantity, grid.index(row, column));
  const end = endOf(app, quantity);
  const texts = columns.map((column) =>
    aligned(rows.map((row) => {
      const number = value(row, column);
      return number === undefined ? "·" : shown(number);
    })),
  );
  return h("table", { class: "numbers", keydown: (event: KeyboardEvent) => walked(app, quantity, grid, event) },
    h("caption", { class: "unseen" }, quantity.meaning),
    h("thead", {}, h("tr", {}, h("td", {}),
      columns.map((column) => header("col", grid.columnLabel(column))))),
    h("tbody", {}, rows.map((row, at) =>
      h("tr", { class: quantity.axes[0] === "row" && quantity.shape[0]! > 1 && quantity.shape.length === 2 && row === app.row ? "here" : null },
        header("row", grid.rowLabel(row)),
        columns.map((column, place) =>
          cell(app, quantity, grid.index(row, column), value(row, column), texts[place]![at]!, end, stop))))));
}

function endOf(app: App, quantity: Quantity): number {
  return quantity.summary ? Number(quantity.summary.tiles.most) : most(app.step.numbers(quantity).all ?? []);
}

function cell(
  app: App, quantity: Quantity, index: Index, value: number | undefined, text: string, end: number, stop: string,
): Tree {
  if (value === undefined) return h("td", { class: "absent" }, text);
  const isFocus = app.focus.quantity === quantity && app.focus.index.join() === index.join();
  const isHidden = app.hiding && !app.step.isGiven(quantity);
  const name = address(quantity.path, index);
  return h("td", { class: isHidden ? null : `tint ${level(value, end)}` },
    h("button", {
      type: "button", class: `number${isFocus ? " focus" : ""}${!isHidden && seemsExact(value) ? " about" : ""}`, "data-key": `cell ${name}`, tabindex: name === stop ? 0 : -1,
      "data-address": isHidden ? null : name, "data-exact": isHidden ? null : exact(value, quantity.dtype),
      "aria-pressed": isFocus ? "true" : null,
      "aria-label": isHidden ? `${name}, hidden` : null,
      click: () => app.open(quantity, index),
    }, isHidden ? "?" : text));
}

/** A small map of the whole matrix with the window, and buttons that move the window. */
function overview(
  app: App, quantity: Quantity, grid: TableGrid, [top, left]: WindowStart, move: (row: number, column: number) => void, memo: Memo,
): Tree {
  const [rows, columns] = [grid.rows.length, grid.columns.length];
  const step = (by: number, axis: 0 | 1, text: string, name: string) => {
    const [from, size, all] = axis === 0 ? [top, down(grid), rows] : [left, across(grid), columns];
    const to = fitting(from + by * size, size, all);
    return h("button", { type: "button", disabled: to === from, "data-key": name, "aria-label": name,
      click: () => (axis === 0 ? move(to, left) : move(top, to)) }, text);
  };
  const buttons = h("div", { class: "steps" },
    step(-1, 1, "◂", "columns to the left"), step(1, 1, "▸", "columns to the right"),
    step(-1, 0, "▴", "rows above"), step(1, 0, "▾", "rows below"));
  return h("div", { class: "overview" }, app.hiding ? null : map(app, quantity, grid, [top, left], move, memo), buttons);
}

function map(
  app: App, quantity: Quantity, grid: TableGrid, [top, left]: WindowStart, move: (row: number, column: number) => void, memo: Memo,
): Tree {
  const [rows, columns] = [grid.rows.length, grid.columns.length];
  const { summary } = quantity;
  const tiles: [number, number] = summary ? summary.tiles.shape : [Math.min(48, rows), Math.min(48, columns)];
  const side = OVERVIEW / Math.max(...tiles);
  const [width, height] = [Math.max(24, tiles[1] * side), Math.max(6, tiles[0] * side)];
  const [tileWidth, tileHeight] = [width / tiles[1], height / tiles[0]];
  const inTiles = () => {
    const steps = summary ? new Int8Array(bytesOf(summary.tiles.i1).buffer) : null;
    const at = steps ? (row: number, column: number) => steps[row * tiles[1] + column] : strongestIn(app, quantity, grid, tiles);
    return pixels(tiles, at, steps ? 127 : endOf(app, quantity), tileWidth, tileHeight);
  };
  const choose = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / height) * rows);
    const column = Math.floor(((event.clientX - box.left) / width) * columns);
    move(fitting(row - ROWS / 2, down(grid), rows), fitting(column - COLUMNS / 2, across(grid), columns));
  };
  return s("svg", { class: "map", width, height, role: "img",
    "aria-label": "overview of the whole matrix, coloured by sign and size", click: summary ? null : choose },
    memo(`map ${quantity.path}`, [app.step], inTiles),
    summary ? null : s("rect", { class: "window", x: (left / columns) * width, y: (top / rows) * height,
      width: (Math.min(across(grid), columns) / columns) * width, height: (Math.min(down(grid), rows) / rows) * height }));
}

/** The number with the largest absolute value in each tile. */
function strongestIn(
  app: App, quantity: Quantity, grid: TableGrid, [tall, wide]: [number, number],
): (row: number, column: number) => number {
  const [rows, columns] = [grid.rows.length, grid.columns.length];
  const strongest = new Float64Array(tall * wide);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = number(app.step.at(quantity, grid.index(grid.rows[row]!, grid.columns[column]!)));
      const tile = Math.floor((row * tall) / rows) * wide + Math.floor((column * wide) / columns);
      if (!(Math.abs(value) <= Math.abs(strongest[tile]!))) strongest[tile] = value;
    }
  return (row, column) => strongest[row * wide + column]!;
}
