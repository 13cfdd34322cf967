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
export const sumOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

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
  matmulInto(data, a.data, b.data, rows, inner, columns);
  return { shape: [rows, columns], data };
}

/**
 * Write the product of a (rows, inner) and b (inner, columns) into an array. Each sum is added from left to
 * right; four terms at a time only so that the result is read and written less often.
 */
export function matmulInto(
  out: Float64Array, a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number,
): void {
  out.fill(0);
  const whole = inner - (inner % 4);
  for (let i = 0; i < rows; i++) {
    const to = i * columns;
    let from = 0;
    let k = i * inner;
    const end = k + whole;
    for (; k < end; k += 4, from += 4 * columns) {
      const a0 = a[k]!, a1 = a[k + 1]!, a2 = a[k + 2]!, a3 = a[k + 3]!;
      const b1 = from + columns, b2 = b1 + columns, b3 = b2 + columns;
      for (let j = 0; j < columns; j++) {
        out[to + j] = out[to + j]! + a0 * b[from + j]! + a1 * b[b1 + j]! + a2 * b[b2 + j]! + a3 * b[b3 + j]!;
      }
    }
    for (; k < (i + 1) * inner; k++, from += columns) {
      const left = a[k]!;
      for (let j = 0; j < columns; j++) out[to + j] = out[to + j]! + left * b[from + j]!;
    }
  }
}

export function transpose(a: Tensor): Tensor {
  if (a.shape.length < 2) return a;
  const [rows, columns] = a.shape as [number, number];
  return filled([columns, rows], (place) => a.data[(place % rows) * columns + Math.floor(place / rows)]!);
}

/** Apply a function of a row to each row of a matrix, or to a vector. */
export function rowwise(a: Tensor, apply: (row: number[]) => number[]): Tensor {
  const columns = a.shape[a.shape.length - 1]!;
  const data = new Float64Array(a.data.length);
  for (let start = 0; start < data.length; start += columns)
    data.set(apply([...a.data.subarray(start, start + columns)]), start);
  return { shape: a.shape, data };
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
