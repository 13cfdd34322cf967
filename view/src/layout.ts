// Where everything in the picture stands: columns at equal distances, units centred in them.

import type { App } from "./app";
import { levels } from "./arcs";
import { count } from "./numbers";

export interface UnitPosition {
  unit: number;
  x: number;
  y: number;
  r: number;
}

export interface ColumnLayout {
  x: number;
  y: number;
  head: string;
  spacing: number;
  spots: UnitPosition[];
  /** The side of the image of the inputs, where they are one. */
  image: number | null;
  /** The side of a unit's image of weights. */
  thumb: number | null;
}

export interface Layout {
  height: number;
  /** From where to where down the units stand. */
  top: number;
  tall: number;
  /** How far down each skip connection runs. */
  arcs: number[];
  gap: number;
  /** How many letters of a name there is room for. */
  letters: number;
  /** The same for what stands beside an output. */
  besideLetters: number;
  /** The same for the heads of the columns. */
  headLetters: number;
  columns: ColumnLayout[];
  /** Whether there is room for numbers only. */
  isTight: boolean;
}

const TOP = 32;
/** What an arc over the columns needs. */
const ARC = 20;
const BOTTOM = 44;
const MORE = 16;
const PHONE = 440;
/** What an output takes of the room at its right, and what a letter takes there. */
const [BESIDE, LETTER] = [26, 7] as const;

export function layoutOf(app: App, width: number): Layout {
  const { columns, inputs, skips } = app.step.payload;
  const isNarrow = width < 560;
  const image = inputs.image ? Math.min(160, width / (isNarrow ? 4.6 : 3.4)) : null;
  const left = image ? image / 2 + 4 : isNarrow ? 84 : 128;
  const right = width < PHONE ? 104 : app.step.payload.outputs.names || app.step.find("p")?.path === "p" ? 136 : 164;
  const gap = columns.length > 1 ? (width - left - right) / (columns.length - 1) : 0;
  const counts = columns.map((column, place) => (place === 0 && image ? 1 : column.shown.length));
  const most = Math.max(...counts);
  const tall = Math.max(image ?? 0, most * spacingOf(most), isNarrow ? 200 : 264);
  const heights = levels(skips);
  const top = TOP + ARC * (Math.max(-1, ...heights) + 1);
  const middle = top + tall / 2;
  const heads = headsOf(app);
  const hasMore = columns.some((column) => column.shown.length < column.width);
  return {
    height: top + tall + BOTTOM + (hasMore ? MORE : 0),
    top,
    tall,
    arcs: heights.map((height) => top - ARC * height - 8),
    gap,
    letters: isNarrow ? 10 : 17,
    besideLetters: Math.floor((right - BESIDE) / LETTER),
    headLetters: Math.max(6, Math.floor(gap / 8) - 1),
    isTight: isNarrow || gap < 96,
    columns: columns.map((column, place) => {
      const x = left + gap * place;
      const isImage = place === 0 && image !== null;
      const units = column.shown;
      const spacing = Math.min(tall / units.length, 64);
      const r = Math.max(4, Math.min(11, spacing * 0.34));
      const start = middle - (spacing * (units.length - 1)) / 2;
      const thumbs = place === 1 && image !== null;
      return {
        x,
        y: middle,
        head: heads[place]!,
        spacing,
        spots: isImage ? [] : units.map((unit, at) => ({ unit, x, y: start + spacing * at, r })),
        image: isImage ? image : null,
        thumb: thumbs ? Math.min(spacing - 3, 40, gap / 3) : null,
      };
    }),
  };
}

/** The columns' widths and kinds, as the network's title has them where it has one for each. */
function headsOf(app: App): string[] {
  const { columns, title } = app.step.payload;
  const parts = title.network.split(" → ");
  return columns.map((column, place) => {
    const isOne = parts.length === columns.length && !title.network.includes("(");
    const known = isOne && parts[place]!.startsWith(String(column.width));
    if (known) return place === 0 ? `${count(column.width)} inputs` : parts[place]!;
    return `${count(column.width)} ${column.words}`.trim();
  });
}

function spacingOf(units: number): number {
  return units <= 6 ? 54 : units <= 10 ? 42 : units <= 16 ? 30 : 21;
}
