// The positions of everything in the picture: columns at equal distances, units centred in them.

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
  /** The side of the image of the inputs; null if the inputs are not an image. */
  image: number | null;
  /** The side of a unit's image of its weights; null if it has none. */
  thumb: number | null;
}

export interface Layout {
  height: number;
  /** The top of the units, and the height that they take. */
  top: number;
  tall: number;
  /** The y of the horizontal part of each skip connection. */
  arcs: number[];
  /** The distance between two columns. */
  gap: number;
  /** The longest name of a unit. */
  letters: number;
  /** The longest text beside an output. */
  besideLetters: number;
  /** The longest heading of a column. */
  headLetters: number;
  columns: ColumnLayout[];
  /** Whether there is room for numbers, but not for words. */
  isTight: boolean;
}

const TOP = 32;
/** The height of one arc over the columns. */
const ARC = 20;
const BOTTOM = 44;
const MORE = 16;
/** Units of a column are at least so far apart. */
const CLOSEST = 13;
const PHONE = 440;
/** The space between an output and the text at its right, and the width of a letter there. */
const [BESIDE, LETTER] = [26, 7] as const;

/** The picture in a width; not higher than the room, as far as its units stay apart. */
export function layoutOf(app: App, width: number, room = Infinity): Layout {
  const { columns, inputs, skips } = app.step.payload;
  const isNarrow = width < 560;
  const image = inputs.image ? Math.min(160, width / (isNarrow ? 4.6 : 3.4)) : null;
  const hasUnits = !!inputs.standardised || !!inputs.cells;
  const counts = columns.map((column, place) => (place === 0 && image ? 1 : column.shown.length));
  const most = Math.max(...counts);
  const heights = levels(skips);
  const top = TOP + ARC * (Math.max(-1, ...heights) + 1);
  const hasMore = columns.some((column) => column.shown.length < column.width);
  const around = top + BOTTOM + (hasMore ? MORE : 0);
  const wanted = Math.max(image ?? 0, most * spacingOf(most), isNarrow ? 200 : 264);
  const tall = Math.min(wanted, Math.max(room - around, image ?? 0, most * CLOSEST, 200));
  // Where inputs are close, their names and numbers share a line.
  const isClose = tall / counts[0]! < 30;
  const left = image ? image / 2 + 4 : isNarrow ? 84 : isClose ? (inputs.cells ? 232 : 192) : hasUnits ? 152 : 128;
  const right = width < PHONE ? 104 : app.step.payload.outputs.names || app.step.find("p")?.path === "p" ? 136 : 164;
  const gap = columns.length > 1 ? (width - left - right) / (columns.length - 1) : 0;
  const middle = top + tall / 2;
  const heads = headsOf(app);
  return {
    height: around + tall,
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

/** The headings of the columns: the parts of the network's title if it has one for each column. */
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
