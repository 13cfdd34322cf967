// Lines of equal height, and the ground above a height, from heights at the points of a grid: where a
// height crosses the sides of the grid's cells.

/** Heights on a grid: x runs along the columns and y along the rows. */
export interface Grid {
  xs: number[];
  ys: number[];
  rows: number[][];
}
export type Spot = [number, number];

/** A cell's corners and its sides' ends, one after the other around it. */
function cornersOf({ xs, ys, rows }: Grid, row: number, column: number): { at: Spot[]; heights: number[] } {
  const [left, right, low, high] = [xs[column]!, xs[column + 1]!, ys[row]!, ys[row + 1]!];
  const [below, above] = [rows[row]!, rows[row + 1]!];
  return {
    at: [[left, low], [right, low], [right, high], [left, high]],
    heights: [below[column]!, below[column + 1]!, above[column + 1]!, above[column]!],
  };
}

/** Where a level crosses the side that begins at a corner; null where it does not. */
function cut(at: Spot[], heights: number[], side: number, level: number): Spot | null {
  const next = (side + 1) % 4;
  const [from, to] = [heights[side]!, heights[next]!];
  if (from > level === to > level) return null;
  const part = (level - from) / (to - from);
  const [[x, y], [u, v]] = [at[side]!, at[next]!];
  return [x + part * (u - x), y + part * (v - y)];
}

/** The name of a side: that of its cell and of its neighbour are the same. */
const sideName = (row: number, column: number, side: number) =>
  [`h${row},${column}`, `v${row},${column + 1}`, `h${row + 1},${column}`, `v${row},${column}`][side]!;

/** The lines at a level, each from end to end; a line around a hill ends where it begins. */
export function linesAt(grid: Grid, level: number): Spot[][] {
  const spots = new Map<string, Spot>();
  const joined = new Map<string, string[]>();
  const join = (one: string, two: string) => {
    joined.set(one, [...(joined.get(one) ?? []), two]);
    joined.set(two, [...(joined.get(two) ?? []), one]);
  };
  for (let row = 0; row + 1 < grid.ys.length; row++) {
    for (let column = 0; column + 1 < grid.xs.length; column++) {
      const { at, heights } = cornersOf(grid, row, column);
      if (!heights.every(Number.isFinite)) continue;
      const names: string[] = [];
      for (let side = 0; side < 4; side++) {
        const spot = cut(at, heights, side, level);
        if (!spot) continue;
        const name = sideName(row, column, side);
        spots.set(name, spot);
        names.push(name);
      }
      // Of two lines through a cell each goes around a low corner, as in `above`.
      if (names.length === 4 && !(heights[0]! > level)) names.push(names.shift()!);
      for (let place = 0; place + 1 < names.length; place += 2) join(names[place]!, names[place + 1]!);
    }
  }
  return chained(joined).map((names) => names.map((name) => spots.get(name)!));
}

/** Names put in a row, from those that have one neighbour; what is left goes around. */
function chained(joined: Map<string, string[]>): string[][] {
  const left = new Set(joined.keys());
  const ends = [...joined].filter(([, others]) => others.length === 1).map(([name]) => name);
  const found: string[][] = [];
  for (const first of [...ends, ...joined.keys()]) {
    if (!left.has(first)) continue;
    const chain = [first];
    left.delete(first);
    for (;;) {
      const next = joined.get(chain[chain.length - 1]!)!.find((name) => left.has(name));
      if (next === undefined) break;
      chain.push(next);
      left.delete(next);
    }
    const isRing = chain.length > 2 && joined.get(first)!.includes(chain[chain.length - 1]!);
    found.push(isRing ? [...chain, first] : chain);
  }
  return found;
}

/** The ground above a level, as polygons; whole cells of a row are one. */
export function above(grid: Grid, level: number): Spot[][] {
  const found: Spot[][] = [];
  for (let row = 0; row + 1 < grid.ys.length; row++) {
    let whole: Spot[] | null = null;
    for (let column = 0; column + 1 < grid.xs.length; column++) {
      const { at, heights } = cornersOf(grid, row, column);
      if (heights.every((one) => Number.isFinite(one) && one > level)) {
        if (whole) [whole[1], whole[2]] = [at[1]!, at[2]!];
        else found.push((whole = at));
        continue;
      }
      whole = null;
      if (!heights.every(Number.isFinite)) continue;
      const part = at.flatMap((corner, side) => {
        const spot = cut(at, heights, side, level);
        return [...(heights[side]! > level ? [corner] : []), ...(spot ? [spot] : [])];
      });
      if (part.length > 2) found.push(part);
    }
  }
  return found;
}
