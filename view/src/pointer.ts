// Finds what is under the pointer in the picture: a unit, or the nearest line.

import type { App, NumberAddress } from "./app";
import type { Layout } from "./layout";
import { linesOf, unitsOf } from "./lens";
import { exact } from "./numbers";
import { address } from "./step";
import type { Attributes } from "./tree";

/** Handlers that tell the number under the pointer, and focus it after a click. */
export function pointer(app: App, layout: Layout, say: (text: string) => void): Attributes {
  const hit = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return nearest(app, layout, event.clientX - box.left, event.clientY - box.top);
  };
  return {
    click: (event: MouseEvent) => {
      const found = hit(event);
      if (found) app.open(found.quantity, found.index);
    },
    pointermove: (event: PointerEvent) => {
      const found = hit(event);
      (event.currentTarget as Element).classList.toggle("over", !!found);
      const value = found ? app.step.at(found.quantity, found.index) : undefined;
      say(found && value !== undefined
        ? `${address(found.quantity.path, found.index)} = ${exact(value, found.quantity.dtype)}` : "");
    },
    pointerleave: () => say(""),
  };
}

/** The unit or line under a point. */
function nearest(app: App, layout: Layout, x: number, y: number): NumberAddress | null {
  for (let column = 0; column < layout.columns.length; column++) {
    const place = layout.columns[column]!;
    const quantity = unitsOf(app, column, app.lens);
    const unit = unitAt(app, place, x, y);
    if (unit === null) continue;
    if (!quantity) return null;
    return { quantity, index: quantity.shape.length === 2 ? [app.row, unit] : [unit] };
  }
  let best: NumberAddress | null = null;
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
