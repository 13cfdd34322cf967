// How each primitive is computed: ONE ROW PER PRIMITIVE. The page recomputes a whole step, or one of
// its numbers, by this table alone. No layer, loss or optimizer is known here: a primitive is what
// NumPy computes under the same name (PRIMITIVES in clearprop/readings/symbol.py).
//
// A new primitive is one row here, one in cells.ts and one in write.ts. The compiler refuses a table
// that lacks one, and tests/view/test_primitives.py compares all three with Python's.

import type { GraphNode } from "../payload";
import { number } from "../payload";
import { expit, logSoftmax, ndtr, softmax, softplus } from "./special";
import type { RowLoop, Tensor } from "./tensor";
import { broadcast, elementwise, filled, lengthOf, matmul, reduced, reducedShape, rowwise, sizeOf, sumOf, transpose } from "./tensor";

export interface ComputeRule {
  /** The shape of the result, from the shapes of the arguments. */
  shape(node: GraphNode, args: number[][]): number[];
  /** The result, from the arguments. */
  value(node: GraphNode, args: Tensor[]): Tensor;
  /** The function that is applied place by place, where the primitive is one. */
  each?: (...values: number[]) => number;
  /** The same over whole arrays of one size, where the formula is written as a loop. */
  loop?: Loop;
  /** The function of a row, where the primitive is one. */
  row?: RowLoop;
  /**
   * One number of the result, from the numbers in its formula; `pick` says which of a row's. Null
   * where cells.ts puts other formulas in the place of the primitive.
   */
  number: ((values: number[], pick: number) => number) | null;
}

/** Fills an array from others of its size. Written out for each formula, it runs several times as fast. */
export type Loop = (to: Float64Array, a: Float64Array, b: Float64Array) => void;

/** The function of numbers that a loop computes. */
function eachOf(loop: Loop): (a: number, b?: number) => number {
  const [to, left, right] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
  return (a, b = 0) => {
    left[0] = a;
    right[0] = b;
    loop(to, left, right);
    return to[0]!;
  };
}

/** A function of one number, or of two, as a loop. */
const looped = (loop: Loop): ComputeRule => ({ ...unary(eachOf(loop)), loop });
const loopedPair = (loop: Loop): ComputeRule => ({ ...broadcasting(eachOf(loop) as (...values: number[]) => number), loop });

/** A function of one number: it keeps the shape of its argument. */
const unary = (apply: (z: number) => number): ComputeRule => ({
  shape: (_, [a]) => broadcast(a!),
  value: (_, [a]) => filled(a!.shape, (place) => apply(a!.data[place]!)),
  each: apply,
  number: ([z]) => apply(z!),
});

/** A function of two or three numbers: its arguments broadcast. */
const broadcasting = (apply: (...values: number[]) => number): ComputeRule => ({
  shape: (_, args) => broadcast(...args),
  value: (_, args) => elementwise(args, apply),
  each: apply,
  number: (values) => apply(...values),
});

/** A function that makes a row of numbers from a row. */
const ofRows = (apply: RowLoop): ComputeRule => ({
  shape: (_, [a]) => broadcast(a!),
  value: (_, [a]) => rowwise(a!, apply),
  number: (row, pick) => rowwise({ shape: [row.length], data: Float64Array.from(row) }, apply).data[pick]!,
  row: apply,
});

/** A function that makes one number from all numbers, or from those along an axis. */
const reduction = (apply: (values: number[]) => number): ComputeRule => ({
  shape: (node, [a]) => reducedShape(node, a!),
  value: (node, [a]) => reduced(node, a!, apply),
  number: apply,
});

export const COMPUTE = {
  given: {
    shape: () => [],
    value: () => {
      throw new Error("a given array has no value");
    },
    number: null,
  },
  constant: {
    shape: () => [],
    value: (node) => filled([], () => number(node.value)),
    number: null,
  },
  negative: looped((to, z) => {
    for (let at = 0; at < to.length; at++) to[at] = -z[at]!;
  }),
  exp: unary(Math.exp),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  tanh: looped((to, z) => {
    for (let at = 0; at < to.length; at++) to[at] = Math.tanh(z[at]!);
  }),
  absolute: unary(Math.abs),
  sign: unary((z) => (z === 0 ? 0 : Math.sign(z))),
  expit: looped((to, z) => {
    for (let at = 0; at < to.length; at++) to[at] = expit(z[at]!);
  }),
  softplus: unary(softplus),
  ndtr: unary(ndtr),
  ones_like: unary(() => 1),
  add: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = a[at]! + b[at]!;
  }),
  subtract: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = a[at]! - b[at]!;
  }),
  multiply: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = a[at]! * b[at]!;
  }),
  divide: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = a[at]! / b[at]!;
  }),
  power: broadcasting((a, b) => (b === 2 ? a! * a! : b === 0.5 ? Math.sqrt(a!) : a! ** b!)),
  maximum: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = Math.max(a[at]!, b[at]!);
  }),
  minimum: broadcasting(Math.min),
  greater: loopedPair((to, a, b) => {
    for (let at = 0; at < to.length; at++) to[at] = a[at]! > b[at]! ? 1 : 0;
  }),
  where: broadcasting((condition, yes, no) => (condition ? yes! : no!)),
  softmax: ofRows(softmax),
  log_softmax: ofRows(logSoftmax),
  sum: reduction(sumOf),
  mean: reduction((values) => sumOf(values) / values.length),
  norm: {
    shape: () => [],
    value: (_, [a]) => filled([], () => lengthOf(a!.data)),
    number: lengthOf,
  },
  matmul: {
    shape: (_, [a, b]) => [a![0]!, b![1]!],
    value: (_, [a, b]) => matmul(a!, b!),
    number: null,
  },
  transpose: {
    shape: (_, [a]) => [...a!].reverse(),
    value: (_, [a]) => transpose(a!),
    number: null,
  },
  column: {
    shape: (_, [a]) => [a![0]!, 1],
    value: (_, [a]) => ({ shape: [a!.data.length, 1], data: a!.data }),
    number: null,
  },
  pack: {
    shape: (_, args) => [sumOf(args.map(sizeOf))],
    value: (_, args) => {
      const data = Float64Array.from(args.flatMap((arg) => [...arg.data]));
      return { shape: [data.length], data };
    },
    number: null,
  },
} satisfies Record<string, ComputeRule>;

/** The names of the primitives, with "given" and "constant" for what was not computed. */
export type Primitive = keyof typeof COMPUTE;

/** The row of a primitive in one of the three tables. */
export function rowOf<Row>(table: Record<Primitive, Row>, op: string): Row {
  if (!Object.hasOwn(table, op)) throw new Error(`the view does not know the primitive ${op}`);
  return table[op as Primitive];
}

/** The values of all nodes, from those of the given ones (by node number). */
export function evaluate(nodes: GraphNode[], given: Map<number, Tensor>): Tensor[] {
  const done: Tensor[] = [];
  nodes.forEach((node, place) => {
    const known = given.get(place);
    done.push(known ?? valueOf(node, (node.args ?? []).map((arg) => done[arg]!)));
  });
  return done;
}

/** The shapes of all nodes, from those of the given ones. */
export function shapesOf(nodes: GraphNode[], given: Map<number, number[]>): number[][] {
  const done: number[][] = [];
  nodes.forEach((node, place) => {
    const shapes = (node.args ?? []).map((arg) => done[arg]!);
    done.push(given.get(place) ?? rowOf<ComputeRule>(COMPUTE, node.op).shape(node, shapes));
  });
  return done;
}

const valueOf = (node: GraphNode, args: Tensor[]) => rowOf<ComputeRule>(COMPUTE, node.op).value(node, args);

/** One number of a primitive's result, from the numbers in its formula. */
export function computed(op: string, values: number[], pick: number): number {
  const { number } = rowOf<ComputeRule>(COMPUTE, op);
  if (!number) throw new Error(`no formula of one number holds the primitive ${op}`);
  return number(values, pick);
}
