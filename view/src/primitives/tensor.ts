// ArrayNumbers, vectors and matrices, and the operations on them that the table in compute.ts needs.

/** A number, a vector or a matrix, row by row. */
export interface Tensor {
  shape: number[];
  data: Float64Array;
}

/** How many numbers an array of this shape has. */
export const sizeOf = (shape: number[]) => shape.reduce((product, length) => product * length, 1);

/** An array whose numbers are computed one by one from their places. */
export const filled = (shape: number[], at: (place: number) => number): Tensor => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, place) => at(place)),
});

/** The sum of numbers, added from left to right. */
export function sumOf(values: number[]): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum;
}

/** The square root of the sum of squares. */
export const lengthOf = (values: ArrayLike<number>) => Math.sqrt(sumOf(Array.from(values, (value) => value * value)));

/** The shape that two or more arrays broadcast to. */
export function broadcast(...shapes: number[][]): number[] {
  const length = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - length + shape.length] ?? 1);
    return sizes.find((one) => one !== 1) ?? 1;
  });
}

/** Apply a function of numbers to each place of arrays that broadcast to one shape. */
export function elementwise(args: Tensor[], apply: (...values: number[]) => number): Tensor {
  const shape = broadcast(...args.map((arg) => arg.shape));
  const columns = shape[shape.length - 1] ?? 1;
  const pick = (arg: Tensor, place: number) => {
    const own = arg.shape[arg.shape.length - 1] ?? 1;
    const rows = arg.shape.length === 2 ? arg.shape[0]! : 1;
    const row = rows === 1 ? 0 : Math.floor(place / columns);
    return arg.data[row * own + (own === 1 ? 0 : place % columns)]!;
  };
  return filled(shape, (place) => apply(...args.map((arg) => pick(arg, place))));
}

export function matmul(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const data = new Float64Array(rows * columns);
  matmulInto(data, a.data, b.data, rows, inner, columns, inner, 1);
  return { shape: [rows, columns], data };
}

/**
 * Write the product of a (rows, inner) and b (inner, columns) into an array. `down` and `right` are the steps
 * from number to number of a, along its rows and columns. Each sum is added from left to right; two rows and
 * four terms at a time only so that numbers are read and written less often.
 */
export function matmulInto(
  out: Float64Array, a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number, down: number, right: number,
): void {
  out.fill(0);
  const whole = inner - (inner % 4);
  const paired = rows - (rows % 2);
  for (let i = 0; i < paired; i += 2) {
    const to = i * columns, below = to + columns;
    let [from, k, l] = [0, i * down, (i + 1) * down];
    for (let term = 0; term < whole; term += 4, from += 4 * columns, k += 4 * right, l += 4 * right) {
      const a0 = a[k]!, a1 = a[k + right]!, a2 = a[k + 2 * right]!, a3 = a[k + 3 * right]!;
      const c0 = a[l]!, c1 = a[l + right]!, c2 = a[l + 2 * right]!, c3 = a[l + 3 * right]!;
      const second = from + columns, third = second + columns, fourth = third + columns;
      for (let j = 0; j < columns; j++) {
        const b0 = b[from + j]!, b1 = b[second + j]!, b2 = b[third + j]!, b3 = b[fourth + j]!;
        out[to + j] = out[to + j]! + a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3;
        out[below + j] = out[below + j]! + c0 * b0 + c1 * b1 + c2 * b2 + c3 * b3;
      }
    }
  }
  for (let i = 0; i < rows; i++) {
    const to = i * columns;
    for (let term = i < paired ? whole : 0; term < inner; term++) {
      const left = a[i * down + term * right]!;
      const from = term * columns;
      for (let j = 0; j < columns; j++) out[to + j] = out[to + j]! + left * b[from + j]!;
    }
  }
}

export function transpose(a: Tensor): Tensor {
  if (a.shape.length < 2) return a;
  const [rows, columns] = a.shape as [number, number];
  return filled([columns, rows], (place) => a.data[(place % rows) * columns + Math.floor(place / rows)]!);
}

/** Writes a function of the row that begins at `from`. */
export type RowLoop = (to: Float64Array, z: Float64Array, from: number, columns: number) => void;

/** Apply a function of a row to each row of a matrix, or to a vector. */
export function rowwise(a: Tensor, apply: RowLoop): Tensor {
  const data = new Float64Array(a.data.length);
  rowwiseInto(data, a, apply);
  return { shape: a.shape, data };
}

export function rowwiseInto(to: Float64Array, { shape, data }: Tensor, apply: RowLoop): void {
  const columns = shape[shape.length - 1]!;
  for (let start = 0; start < data.length; start += columns) apply(to, data, start, columns);
}

/** Which numbers are reduced to one: all, or those along an axis. */
export interface Reduction {
  axis?: number | null;
  keepdims?: boolean;
}

/** The shape of a sum or a mean of an array of this shape. */
export function reducedShape({ axis = null, keepdims }: Reduction, shape: number[]): number[] {
  if (axis === null || shape.length < 2) return keepdims ? shape.map(() => 1) : [];
  const [rows, columns] = shape as [number, number];
  if (keepdims) return axis === 0 ? [1, columns] : [rows, 1];
  return [axis === 0 ? columns : rows];
}

/** Reduce all numbers of an array, or those along an axis, to one by a function of a list. */
export function reduced(how: Reduction, a: Tensor, reduce: (values: number[]) => number): Tensor {
  const shape = reducedShape(how, a.shape);
  const axis = how.axis ?? null;
  if (axis === null || a.shape.length < 2) return filled(shape, () => reduce([...a.data]));
  const [rows, columns] = a.shape as [number, number];
  const line = (at: number) => Array.from({ length: axis === 0 ? rows : columns }, (_, other) =>
    axis === 0 ? a.data[other * columns + at]! : a.data[at * columns + other]!);
  return filled(shape, (at) => reduce(line(at)));
}
