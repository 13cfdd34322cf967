// The step computed again from its graph of primitives. No layer, loss or optimizer is known here:
// a primitive is what NumPy computes under the same name (clearprop/explaining/symbol.py).

import type { Node_ } from "./payload";
import { number } from "./payload";

/** A number, a vector or a matrix, row by row. */
export interface Tensor {
  shape: number[];
  data: Float64Array;
}

type Unary = (z: number) => number;
type Binary = (a: number, b: number) => number;

function expit(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** Φ(z): a series of positive terms near zero, a continued fraction in the tails. */
export function ndtr(z: number): number {
  if (Number.isNaN(z)) return NaN;
  const size = Math.abs(z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (size < 2.5) {
    let term = size;
    let total = size;
    for (let k = 1; term > total * 1e-18; k++) {
      term *= (z * z) / (2 * k + 1);
      total += term;
    }
    return z < 0 ? 0.5 - density * total : 0.5 + density * total;
  }
  if (size > 39) return z < 0 ? 0 : 1;
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / (size + fraction);
  const tail = density / (size + fraction);
  return z < 0 ? tail : 1 - tail;
}

export const UNARY: Record<string, Unary> = {
  negative: (z) => -z,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  absolute: Math.abs,
  sign: (z) => (z === 0 ? 0 : Math.sign(z)),
  expit,
  softplus: (z) => (z === Infinity ? z : Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))),
  ndtr,
  ones_like: () => 1,
};

export const BINARY: Record<string, Binary> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: (a, b) => (b === 2 ? a * a : b === 0.5 ? Math.sqrt(a) : a ** b),
  maximum: Math.max,
  minimum: Math.min,
  greater: (a, b) => (a > b ? 1 : 0),
};

/** Softmax or its logarithm of one row, as readings/numpy.py computes them. */
export function softmaxOf(op: string, row: number[]): number[] {
  const top = Math.max(...row);
  if (op === "softmax") {
    const e = row.map((o) => Math.exp(o - top));
    const total = e.reduce((sum, part) => sum + part, 0);
    return e.map((part) => part / total);
  }
  const z = row.map((o) => o - top);
  const others = z.reduce((sum, part) => sum + (part === 0 ? 0 : Math.exp(part)), 0);
  const ties = z.filter((part) => part === 0).length - 1;
  return z.map((part) => part - Math.log1p(others + ties));
}

const size = (shape: number[]) => shape.reduce((product, length) => product * length, 1);
const filled = (shape: number[], at: (place: number) => number): Tensor => ({
  shape,
  data: Float64Array.from({ length: size(shape) }, (_, place) => at(place)),
});

/** The shape two or more arrays broadcast to. */
export function broadcast(...shapes: number[][]): number[] {
  const length = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - length + shape.length] ?? 1);
    return sizes.find((one) => one !== 1) ?? 1;
  });
}

function elementwise(args: Tensor[], apply: (...values: number[]) => number): Tensor {
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

function matmul(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const left = a.data[i * inner + k]!;
      for (let j = 0; j < columns; j++) out[i * columns + j]! += left * b.data[k * columns + j]!;
    }
  return { shape: [rows, columns], data: out };
}

function total(node: Node_, arg: Tensor): Tensor {
  const axis = node.axis ?? null;
  const mean = node.op === "mean";
  const sum = (values: number[]) =>
    values.reduce((so_far, value) => so_far + value, 0) / (mean ? values.length : 1);
  if (axis === null || arg.shape.length < 2) {
    const keep = node.keepdims ? arg.shape.map(() => 1) : [];
    return filled(keep, () => sum([...arg.data]));
  }
  const [rows, columns] = arg.shape as [number, number];
  const lengths = axis === 0 ? [columns, rows] : [rows, columns];
  const keep = axis === 0 ? [1, columns] : [rows, 1];
  return filled(node.keepdims ? keep : [lengths[0]!], (line) =>
    sum(
      Array.from({ length: lengths[1]! }, (_, other) =>
        axis === 0 ? arg.data[other * columns + line]! : arg.data[line * columns + other]!,
      ),
    ),
  );
}

/** What one primitive makes of its arguments. */
export function applied(node: Node_, args: Tensor[]): Tensor {
  const [a, b] = args as [Tensor, Tensor];
  const unary = UNARY[node.op];
  if (unary) return filled(a.shape, (place) => unary(a.data[place]!));
  const binary = BINARY[node.op];
  if (binary) return elementwise(args, binary);
  switch (node.op) {
    case "constant":
      return { shape: [], data: Float64Array.of(number(node.value)) };
    case "where":
      return elementwise(args, (condition, yes, no) => (condition ? yes! : no!));
    case "sum":
    case "mean":
      return total(node, a);
    case "norm":
      return filled([], () => Math.sqrt(a.data.reduce((sum, value) => sum + value * value, 0)));
    case "matmul":
      return matmul(a, b);
    case "transpose": {
      if (a.shape.length < 2) return a;
      const [rows, columns] = a.shape as [number, number];
      return filled(
        [columns, rows],
        (place) => a.data[(place % rows) * columns + Math.floor(place / rows)]!,
      );
    }
    case "softmax":
    case "log_softmax": {
      const columns = a.shape[a.shape.length - 1]!;
      const data = new Float64Array(a.data.length);
      for (let start = 0; start < data.length; start += columns)
        data.set(softmaxOf(node.op, [...a.data.subarray(start, start + columns)]), start);
      return { shape: a.shape, data };
    }
    case "column":
      return { shape: [a.data.length, 1], data: a.data };
    case "pack":
      return filled([args.reduce((sum, arg) => sum + arg.data.length, 0)], ((flat) =>
        (place: number) => flat[place]!)(args.flatMap((arg) => [...arg.data])));
    case "part": {
      const start = node.start ?? 0;
      return { shape: node.shape!, data: a.data.slice(start, start + size(node.shape!)) };
    }
    default:
      throw new Error(`the view does not know the primitive ${node.op}`);
  }
}

/** Every node's value, from those that are given (by node number). */
export function evaluate(nodes: Node_[], given: Map<number, Tensor>): Tensor[] {
  const done: Tensor[] = [];
  nodes.forEach((node, place) => {
    const known = given.get(place);
    if (!known && node.op === "given") throw new Error(`node ${place} is given, but without value`);
    done.push(known ?? applied(node, (node.args ?? []).map((arg) => done[arg]!)));
  });
  return done;
}

/** Every node's shape, from those of the given ones. */
export function shapesOf(nodes: Node_[], given: Map<number, number[]>): number[][] {
  const done: number[][] = [];
  nodes.forEach((node, place) => {
    const shapes = (node.args ?? []).map((arg) => done[arg]!);
    done.push(given.get(place) ?? shapeOf(node, shapes));
  });
  return done;
}

function shapeOf(node: Node_, args: number[][]): number[] {
  const [a, b] = args as [number[], number[]];
  switch (node.op) {
    case "given":
    case "constant":
    case "norm":
      return [];
    case "matmul":
      return [a[0]!, b[1]!];
    case "transpose":
      return [...a].reverse();
    case "column":
      return [a[0]!, 1];
    case "pack":
      return [args.reduce((sum, shape) => sum + size(shape), 0)];
    case "part":
      return node.shape!;
    case "sum":
    case "mean": {
      const axis = node.axis ?? null;
      if (axis === null || a.length < 2) return node.keepdims ? a.map(() => 1) : [];
      if (node.keepdims) return axis === 0 ? [1, a[1]!] : [a[0]!, 1];
      return [axis === 0 ? a[1]! : a[0]!];
    }
    default:
      return broadcast(...args);
  }
}
