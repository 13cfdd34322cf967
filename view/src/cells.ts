// Provenance: which cells of its arguments make one cell of an operation's result. The walk through
// the graph is that of explaining/cells.py: the same cell for operations on one number, a row and a
// column for a matrix product, a row for a softmax.

import type { Applied, Formula, Places, Total } from "./formula";
import { bound, same } from "./formula";
import { number } from "./payload";
import type { Step } from "./step";

/** How one number of a node was made, down to numbers of quantities that have names. */
export function cellFormula(step: Step, node: number, index: Places): Formula {
  return made(step, node, index, []);
}

function cell(step: Step, node: number, index: Places, letters: string[]): Formula {
  const quantity = step.byNode.get(node);
  if (quantity) return { kind: "cell", quantity, index };
  return made(step, node, index, letters);
}

function made(step: Step, place: number, index: Places, letters: string[]): Formula {
  const node = step.payload.nodes[place]!;
  const args = node.args ?? [];
  const first = args[0]!;
  switch (node.op) {
    case "constant":
      return { kind: "constant", value: number(node.value) };
    case "given": {
      const quantity = step.byNode.get(place);
      return quantity ? { kind: "cell", quantity, index } : { kind: "constant", value: NaN };
    }
    case "ones_like":
      return { kind: "constant", value: 1 };
    case "column":
      return cell(step, first, index.slice(0, 1), letters);
    case "transpose":
      return cell(step, first, [...index].reverse(), letters);
    case "pack":
      return packed(step, args, index, letters);
    case "part":
      return partOf(step, place, index, letters);
    case "matmul":
      return product(step, args, index, letters);
    case "sum":
    case "mean":
      return total(step, place, index, letters);
    case "softmax":
    case "log_softmax": {
      const size = step.shapes[first]!.at(-1)!;
      const row = Array.from({ length: size }, (_, at) =>
        cell(step, first, [...index.slice(0, -1), at], letters),
      );
      return { kind: "applied", op: node.op, args: row, pick: index.at(-1)! };
    }
    case "norm":
      return applied("norm", every(step, first));
  }
  const parts = args.map((arg) => cell(step, arg, alignedTo(step.shapes[arg]!, index), letters));
  if (node.op === "multiply" && same(parts[0]!, parts[1]!)) {
    return applied("power", [parts[0]!, { kind: "constant", value: 2 }]);
  }
  return applied(node.op, parts);
}

const applied = (op: string, args: Formula[]): Applied => ({ kind: "applied", op, args });

/** The cell of an argument that broadcasting brings to `index`. */
function alignedTo(shape: number[], index: Places): Places {
  const last = shape.length ? index.slice(index.length - shape.length) : [];
  return shape.map((size, axis) => (size === 1 ? 0 : last[axis]!));
}

function product(step: Step, args: number[], index: Places, letters: string[]): Formula {
  const [left, right] = args as [number, number];
  const isTransposed = step.payload.nodes[left]!.op === "transpose";
  const letter = free(isTransposed ? "n" : "i", letters);
  const inner = [...letters, letter];
  const body = applied("multiply", [
    cell(step, left, [index[0]!, letter], inner),
    cell(step, right, [letter, index[1]!], inner),
  ]);
  return shortened({ kind: "total", mean: false, letter, size: step.shapes[left]![1]!, body });
}

function total(step: Step, place: number, index: Places, letters: string[]): Formula {
  const node = step.payload.nodes[place]!;
  const arg = node.args![0]!;
  const shape = step.shapes[arg]!;
  const axis = node.axis ?? null;
  if (axis === null && (shape.length === 2 || holdsPack(step, arg))) {
    return applied("total", every(step, arg));
  }
  const letter = free(axis === 1 ? "j" : "n", letters);
  const inside: Places =
    shape.length === 1 ? [letter] : axis === 0 ? [letter, index.at(-1)!] : [index[0]!, letter];
  const body = cell(step, arg, inside, [...letters, letter]);
  return shortened({ kind: "total", mean: node.op === "mean", letter, size: shape[axis ?? 0]!, body });
}

/** The one term of a sum of one. */
const shortened = (sum: Total): Formula => (sum.size === 1 ? bound(sum.body, sum.letter, 0) : sum);

/** A sum over more cells than a person or a page can hold is not written out. */
const EVERY = 4096;

function every(step: Step, node: number): Formula[] {
  const shape = step.shapes[node]!;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > EVERY) return [];
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

function packed(step: Step, args: number[], index: Places, letters: string[]): Formula {
  let place = index[0] as number;
  for (const arg of args) {
    const shape = step.shapes[arg]!;
    const size = shape.reduce((product, length) => product * length, 1);
    if (place < size) return cell(step, arg, unraveled(shape, place), letters);
    place -= size;
  }
  throw new Error(`a vector has no number ${index[0]}`);
}

function partOf(step: Step, place: number, index: Places, letters: string[]): Formula {
  const node = step.payload.nodes[place]!;
  const at = (index as number[]).reduce((so_far, one, axis) => so_far * node.shape![axis]! + one, 0);
  return cell(step, node.args![0]!, [(node.start ?? 0) + at], letters);
}

function holdsPack(step: Step, node: number): boolean {
  const { op, args } = step.payload.nodes[node]!;
  return op === "pack" || (args ?? []).some((arg) => holdsPack(step, arg));
}

function free(wanted: string, taken: string[]): string {
  return [wanted, ..."jkiluvwqrs"].find((letter) => !taken.includes(letter))!;
}
