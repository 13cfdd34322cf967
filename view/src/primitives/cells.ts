// Where one number of a primitive's result came from: ONE ROW PER PRIMITIVE. The walk through the
// graph is that of explaining/cells.py: the same cell for operations on one number, a row and a
// column for a matrix product, a row for a softmax.

import type { Applied, CellIndex, Formula, Total } from "../formula";
import { bound, same } from "../formula";
import type { GraphNode, Quantity } from "../payload";
import { number } from "../payload";
import type { Primitive } from "./compute";
import { rowOf } from "./compute";
import { sizeOf } from "./tensor";

/** The nodes of a step, their shapes, and the quantities that they are. */
export interface Graph {
  node(place: number): GraphNode;
  shape(place: number): number[];
  byNode: { get(place: number): Quantity | undefined };
  /** Called for an array of too many numbers to write them out. */
  tooMany(): void;
}

/** One number of a node's result: what a rule has to explain. */
interface NodeCell {
  step: Graph;
  place: number;
  node: GraphNode;
  args: number[];
  index: CellIndex;
  /** The running letters that are taken by the sums around it. */
  letters: string[];
}

type CellRule = (asked: NodeCell) => Formula;

/** The same cell of each argument, with broadcasting undone. */
const sameCells: CellRule = (asked) => applied(asked.node.op, cellsBelow(asked));

export const CELLS: Record<Primitive, CellRule> = {
  given: ({ step, place, index }) => {
    const quantity = step.byNode.get(place);
    return quantity ? { kind: "cell", quantity, index } : { kind: "constant", value: NaN };
  },
  constant: ({ node }) => ({ kind: "constant", value: number(node.value) }),
  negative: sameCells,
  exp: sameCells,
  expm1: sameCells,
  log: sameCells,
  sqrt: sameCells,
  tanh: sameCells,
  absolute: sameCells,
  sign: sameCells,
  expit: sameCells,
  softplus: sameCells,
  ndtr: sameCells,
  ones_like: () => ({ kind: "constant", value: 1 }),
  add: sameCells,
  subtract: sameCells,
  multiply: (asked) => {
    const [a, b] = cellsBelow(asked) as [Formula, Formula];
    return same(a, b) ? applied("power", [a, { kind: "constant", value: 2 }]) : applied("multiply", [a, b]);
  },
  divide: sameCells,
  power: sameCells,
  maximum: sameCells,
  minimum: sameCells,
  greater: sameCells,
  where: sameCells,
  softmax: wholeRow,
  log_softmax: wholeRow,
  sum: total,
  mean: total,
  norm: ({ step, args }) => applied("norm", everyCell(step, args[0]!)),
  matmul: product,
  transpose: ({ step, args, index, letters }) => cell(step, args[0]!, [...index].reverse(), letters),
  column: ({ step, args, index, letters }) => cell(step, args[0]!, index.slice(0, 1), letters),
  pack: packed,
};

/** How one number of a node was computed, down to numbers of quantities that have names. */
export function cellFormula(step: Graph, node: number, index: CellIndex): Formula {
  return made(step, node, index, []);
}

function cell(step: Graph, node: number, index: CellIndex, letters: string[]): Formula {
  const quantity = step.byNode.get(node);
  return quantity ? { kind: "cell", quantity, index } : made(step, node, index, letters);
}

function made(step: Graph, place: number, index: CellIndex, letters: string[]): Formula {
  const node = step.node(place);
  return rowOf(CELLS, node.op)({ step, place, node, args: node.args ?? [], index, letters });
}

const applied = (op: string, args: Formula[]): Applied => ({ kind: "applied", op, args });

function cellsBelow({ step, args, index, letters }: NodeCell): Formula[] {
  return args.map((arg) => cell(step, arg, alignedTo(step.shape(arg), index), letters));
}

/** The cell of an argument that broadcasting brings to `index`. */
function alignedTo(shape: number[], index: CellIndex): CellIndex {
  const last = shape.length ? index.slice(index.length - shape.length) : [];
  return shape.map((size, axis) => (size === 1 ? 0 : last[axis]!));
}

function wholeRow({ step, node, args, index, letters }: NodeCell): Formula {
  const size = step.shape(args[0]!).at(-1)!;
  const row = Array.from({ length: size }, (_, at) => cell(step, args[0]!, [...index.slice(0, -1), at], letters));
  return { ...applied(node.op, row), pick: index.at(-1)! };
}

function product({ step, args, index, letters }: NodeCell): Formula {
  const [left, right] = args as [number, number];
  const isTransposed = step.node(left).op === "transpose";
  const letter = free(isTransposed ? "n" : "i", letters);
  const inner = [...letters, letter];
  const body = applied("multiply", [
    cell(step, left, [index[0]!, letter], inner),
    cell(step, right, [letter, index[1]!], inner),
  ]);
  return shortened({ kind: "total", mean: false, letter, size: step.shape(left)[1]!, body });
}

function total({ step, node, args, index, letters }: NodeCell): Formula {
  const arg = args[0]!;
  const shape = step.shape(arg);
  const axis = node.axis ?? null;
  if (axis === null && (shape.length === 2 || holdsPack(step, arg))) {
    const sum = applied("sum", everyCell(step, arg));
    return node.op === "sum" ? sum : applied("divide", [sum, { kind: "constant", value: sizeOf(shape) }]);
  }
  const letter = free(axis === 1 ? "j" : "n", letters);
  const inside: CellIndex =
    shape.length === 1 ? [letter] : axis === 0 ? [letter, index.at(-1)!] : [index[0]!, letter];
  const body = cell(step, arg, inside, [...letters, letter]);
  return shortened({ kind: "total", mean: node.op === "mean", letter, size: shape[axis ?? 0]!, body });
}

/** The only term of a sum of one; any other sum as it is. */
const shortened = (sum: Total): Formula => (sum.size === 1 ? bound(sum.body, sum.letter, 0) : sum);

/** A sum over more cells than these is not written out. */
const MOST_CELLS = 4096;

function everyCell(step: Graph, node: number): Formula[] {
  const shape = step.shape(node);
  const size = sizeOf(shape);
  if (size > MOST_CELLS) {
    step.tooMany();
    return [];
  }
  return Array.from({ length: size }, (_, place) => cell(step, node, unraveled(shape, place), []));
}

/** The index of a place in an array read row by row. */
export function unraveled(shape: number[], place: number): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(place % shape[axis]!);
    place = Math.floor(place / shape[axis]!);
  }
  return index;
}

function packed({ step, args, index, letters }: NodeCell): Formula {
  let place = index[0] as number;
  for (const arg of args) {
    const shape = step.shape(arg);
    if (place < sizeOf(shape)) return cell(step, arg, unraveled(shape, place), letters);
    place -= sizeOf(shape);
  }
  throw new Error(`a vector has no number ${index[0]}`);
}

function holdsPack(step: Graph, node: number): boolean {
  const { op, args } = step.node(node);
  return op === "pack" || (args ?? []).some((arg) => holdsPack(step, arg));
}

function free(wanted: string, taken: string[]): string {
  return [wanted, ..."jkiluvwqrs"].find((letter) => !taken.includes(letter))!;
}
