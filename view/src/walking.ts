// The arrow keys inside the picture: ↑ and ↓ go through the units of a column or the lines into a
// unit, ← and → go to the next column, Enter goes from a unit to the strongest line into it.

import type { App } from "./app";
import { linesOf, unitsOf } from "./lens";
import type { Quantity } from "./payload";

type Move = (app: App) => boolean;

/** What each key does; false where there is nowhere to go. */
const MOVES: Record<string, Move> = {
  ArrowUp: (app) => along(app, -1),
  ArrowDown: (app) => along(app, 1),
  ArrowLeft: (app) => across(app, -1),
  ArrowRight: (app) => across(app, 1),
  Enter: intoUnit,
};

/** Take a key that was pressed in the picture. */
export function walked(app: App, event: KeyboardEvent): void {
  const move = MOVES[event.key];
  if (!move || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  move(app);
}

/** Whether the number in focus lies on a line. */
const isOnLine = ({ focus: { quantity, index } }: App) => quantity.axes[0] === "input" && index.length === 2;

/** The column and the unit of the number in focus; of a line those that it goes into. */
function placeOf(app: App): { column: number; unit: number } {
  const { quantity, index } = app.focus;
  const axis = index.length - 1;
  if (axis < 0 || quantity.axes[axis] === "row") return { column: 0, unit: 0 };
  return { column: app.step.columnOfAxis(quantity, axis), unit: index[axis]! };
}

const drawn = (app: App, column: number) => app.step.payload.columns[column]?.shown ?? [];

/** The unit that is so many places further in a column. */
function beside(app: App, column: number, unit: number, by: number): number | undefined {
  const shown = drawn(app, column);
  const at = shown.indexOf(unit);
  return at < 0 ? shown[0] : shown[at + by];
}

function along(app: App, by: number): boolean {
  const { column, unit } = placeOf(app);
  if (isOnLine(app)) {
    const from = beside(app, column - 1, app.focus.index[0]!, by);
    if (from === undefined) return false;
    app.open(app.focus.quantity, [from, unit]);
    return true;
  }
  const next = beside(app, column, unit, by);
  return next !== undefined && toUnit(app, column, next);
}

function across(app: App, by: number): boolean {
  const { column, unit } = placeOf(app);
  if (isOnLine(app)) return by < 0 ? toUnit(app, column - 1, app.focus.index[0]!) : toUnit(app, column, unit);
  const part = Math.max(0, drawn(app, column).indexOf(unit)) / Math.max(1, drawn(app, column).length - 1);
  for (let next = column + by; next >= 0 && next < app.step.payload.columns.length; next += by) {
    const shown = drawn(app, next);
    if (toUnit(app, next, app.followed.get(next) ?? shown[Math.round(part * (shown.length - 1))]!)) return true;
  }
  return false;
}

/** Open the number that the picture shows on a unit; false if it shows none. */
function toUnit(app: App, column: number, unit: number): boolean {
  const quantity = unitsOf(app, column, app.lens);
  if (!quantity) return false;
  app.open(quantity, quantity.shape.length === 2 ? [app.row, unit] : [unit]);
  return true;
}

function intoUnit(app: App): boolean {
  const { column, unit } = placeOf(app);
  const quantity = column > 0 && !isOnLine(app) ? linesOf(app, column, app.lens) : null;
  if (!quantity) return false;
  app.open(quantity, [strongestInto(app, quantity, column, unit), unit]);
  return true;
}

function strongestInto(app: App, quantity: Quantity, column: number, unit: number): number {
  const size = (from: number) => Math.abs(app.step.at(quantity, [from, unit]) ?? 0);
  return drawn(app, column - 1).reduce((best, from) => (size(from) > size(best) ? from : best));
}
