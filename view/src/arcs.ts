// Skip connections, drawn as arcs over the layers between the source of the values and their sum. The
// error signal passes along the same arc backward.

import type { App } from "./app";
import type { Layout } from "./layout";
import type { Quantity, SkipConnection } from "./payload";
import type { Tree } from "./tree";
import { s } from "./tree";
import { brief, short } from "./names";

const CORNER = 8;
/** The approximate width of a letter. */
const LETTER = 6.5;

/** What passes along a skip connection: values forward, the error signal of the sum backward. */
interface SkipState {
  isBack: boolean;
  /** The quantity that passes; null if it is not computed yet. */
  carried: Quantity | null;
  /** Whether it is added at this moment. */
  isNow: boolean;
}

function stateOf(app: App, { path }: SkipConnection): SkipState {
  const isBack = app.lens === "error signals" || app.lens === "gradients";
  const carried = app.step.find(isBack ? `${path}.dy` : `${path}.x`);
  const sum = app.step.find(isBack ? `${path}.dx` : `${path}.y`);
  return { isBack, carried: carried && app.isShown(carried) ? carried : null, isNow: sum === app.here };
}

export function arcs(app: App, layout: Layout): Tree[] {
  return app.step.payload.skips.map((skip, place) => arc(app, layout, skip, place));
}

function arc(app: App, layout: Layout, skip: SkipConnection, place: number): Tree {
  const { isBack, carried, isNow } = stateOf(app, skip);
  const [from, to] = [layout.columns[skip.from]!, layout.columns[skip.to]!];
  const y = layout.arcs[place]!;
  // Move both ends inward: one arc may end where the next one begins.
  const [left, right] = [from.x + 4, to.x - 4];
  const [start, end] = [topOf(from), topOf(to)];
  const d = `M${left} ${start}V${y + CORNER}Q${left} ${y} ${left + CORNER} ${y}H${right - CORNER}Q${right} ${y} ${right} ${y + CORNER}V${end}`;
  const name = carried ? `+ ${brief(short(carried.symbol.text))}` : "+";
  const isRoomy = name.length * LETTER < right - left;
  const [x, tip] = isBack ? [left, start] : [right, end];
  return s("g", { class: `arc${carried ? " known" : ""}${isNow ? " now" : ""}` },
    s("path", { d }),
    carried ? s("path", { d: `M${x - 4} ${tip - 6}L${x} ${tip}L${x + 4} ${tip - 6}` }) : null,
    s("text", { class: "label", x: (left + right) / 2, y: y - 4, "text-anchor": "middle" }, isRoomy ? name : "+"));
}

/** The top of the drawn units of a column. */
function topOf({ image, y, spots }: Layout["columns"][number]): number {
  return image ? y - image / 2 - 3 : spots[0]!.y - spots[0]!.r - 5;
}

/** Describe the skip connections; empty if there are none. */
export function skipsSentence(app: App): string {
  const { skips, columns } = app.step.payload;
  const name = (column: number) => (column ? columns[column]!.layers[0]! : "the inputs");
  return skips.map((skip) =>
    ` A skip connection leads from ${name(skip.from)} past ${name(skip.from + 1)} to the sum ${skip.path}.`).join("");
}

/** Say which quantity a skip connection adds at this moment; empty if none does. */
export function addedNow(app: App): string {
  return app.step.payload.skips.flatMap((skip) => {
    const { isBack, carried, isNow } = stateOf(app, skip);
    if (!isNow || !carried) return [];
    return ` The skip connection ${isBack ? "brings back" : "brings"} ${short(carried.symbol.text)}.`;
  }).join("");
}

/** The level of each arc, from 0: a shorter arc is below the longer ones that overlap it. */
export function levels(skips: SkipConnection[]): number[] {
  const heights: number[] = skips.map(() => 0);
  const order = skips.map((_, place) => place).sort((a, b) => length(skips[a]!) - length(skips[b]!));
  order.forEach((place, at) => {
    const under = order.slice(0, at).filter((other) => overlap(skips[place]!, skips[other]!));
    heights[place] = Math.max(-1, ...under.map((other) => heights[other]!)) + 1;
  });
  return heights;
}

const length = ({ from, to }: SkipConnection) => to - from;
const overlap = (a: SkipConnection, b: SkipConnection) => a.from < b.to && b.from < a.to;
