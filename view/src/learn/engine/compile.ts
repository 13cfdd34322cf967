// A graph as a list of closures over typed arrays: nothing is allocated when it runs. What a primitive
// computes stands in primitives/compute.ts alone; here are only loops over arrays.

import type { GraphNode } from "../../payload";
import type { ComputeRule } from "../../primitives/compute";
import type { Loop } from "../../primitives/compute";
import { COMPUTE, rowOf, shapesOf } from "../../primitives/compute";
import type { Tensor } from "../../primitives/tensor";
import { matmulInto, rowwiseInto, sizeOf } from "../../primitives/tensor";
import type { Graph } from "./graph";

export interface Compiled {
  /** Compute every wanted node from the given arrays as they are now. */
  run(): void;
  /** The numbers of a node. They change when it runs again. */
  at(node: number): Float64Array;
  shapes: number[][];
}

type Kernel = () => void;
type Arg = Tensor;

/** Compile what the wanted nodes need. `arrays` has the given arrays that are the caller's. */
export function compiled(graph: Graph, wanted: number[], arrays: Map<number, Float64Array>): Compiled {
  const { nodes } = graph;
  const shapes = shapesOf(nodes, graph.given);
  const tensors: (Tensor | undefined)[] = [];
  const kernels: Kernel[] = [];
  const needed = ancestors(nodes, shapes, wanted);
  nodes.forEach((node, place) => {
    if (!needed.has(place)) return;
    const shape = shapes[place]!;
    const data = arrays.get(place) ?? new Float64Array(sizeOf(shape));
    const out: Tensor = { shape, data };
    tensors[place] = out;
    if (node.op === "given") return;
    const turned = turnedBy(nodes, shapes, node);
    const args = (node.args ?? []).map((arg, at) => tensors[at === 0 && turned !== null ? turned : arg]!);
    const rule = rowOf<ComputeRule>(COMPUTE, node.op);
    if (node.op === "constant") data.set(rule.value(node, []).data);
    else if (turned !== null) kernels.push(turnedProduct(out, args));
    else kernels.push(kernelOf(node, rule, out, args));
  });
  return {
    shapes,
    run: () => {
      for (const kernel of kernels) kernel();
    },
    at: (node) => {
      const found = tensors[node];
      if (!found) throw new Error(`node ${node} was not compiled`);
      return found.data;
    },
  };
}

function ancestors(nodes: GraphNode[], shapes: number[][], wanted: number[]): Set<number> {
  const found = new Set(wanted);
  for (let place = nodes.length - 1; place >= 0; place--) {
    if (!found.has(place)) continue;
    const turned = turnedBy(nodes, shapes, nodes[place]!);
    (nodes[place]!.args ?? []).forEach((arg, at) => found.add(at === 0 && turned !== null ? turned : arg));
  }
  return found;
}

/** The matrix that is turned round and then multiplied, as in xᵀ δ: it can be read as it stands. */
function turnedBy(nodes: GraphNode[], shapes: number[][], { op, args }: GraphNode): number | null {
  const left = op === "matmul" ? nodes[args![0]!]! : null;
  return left?.op === "transpose" && shapes[left.args![0]!]!.length === 2 ? left.args![0]! : null;
}

function turnedProduct(out: Tensor, [a, b]: Arg[]): Kernel {
  const [inner, rows] = a!.shape as [number, number];
  return () => matmulInto(out.data, a!.data, b!.data, rows, inner, b!.shape[1]!, 1, rows);
}

function kernelOf(node: GraphNode, rule: ComputeRule, out: Tensor, args: Arg[]): Kernel {
  if (rule.loop) return loopOf(rule.loop, out, args);
  if (rule.each) return elementwise(rule.each, out, args);
  if (rule.row) return () => rowwiseInto(out.data, args[0]!, rule.row!);
  const special = KERNELS[node.op];
  if (special) return special(node, rule, out, args);
  return () => out.data.set(rule.value(node, args).data);
}

type MakeKernel = (node: GraphNode, rule: ComputeRule, out: Tensor, args: Arg[]) => Kernel;

/** Primitives that only move numbers, or that are worth a loop of their own. */
const KERNELS: Record<string, MakeKernel> = {
  matmul: (_, __, out, [a, b]) => {
    const [rows, inner] = a!.shape as [number, number];
    return () => matmulInto(out.data, a!.data, b!.data, rows, inner, b!.shape[1]!, inner, 1);
  },
  transpose: (_, __, out, [a]) => {
    const [rows, columns] = a!.shape as [number, number];
    const [from, to] = [a!.data, out.data];
    return () => {
      for (let row = 0, place = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) to[column * rows + row] = from[place++]!;
    };
  },
  column: (_, __, out, [a]) => () => out.data.set(a!.data),
  sum: reduction,
  mean: reduction,
};

/** A sum or mean along an axis or of all: each line is gathered, then reduced by the table's function. */
function reduction(node: GraphNode, rule: ComputeRule, out: Tensor, [a]: Arg[]): Kernel {
  const reduce = rule.number!;
  const [from, to] = [a!.data, out.data];
  const isWhole = node.axis == null || a!.shape.length < 2;
  const [rows, columns] = isWhole ? [1, from.length] : (a!.shape as [number, number]);
  const isDown = !isWhole && node.axis === 0;
  const length = isDown ? rows : columns;
  const [start, stride] = isDown ? [1, columns] : [columns, 1];
  const line = new Array<number>(length).fill(0);
  return () => {
    for (let at = 0; at < to.length; at++) {
      for (let k = 0, place = at * start; k < length; k++, place += stride) line[k] = from[place]!;
      to[at] = reduce(line, 0);
    }
  };
}

/** How far apart an argument's numbers are from row to row and from column to column of the result. */
function strides(arg: Arg): [number, number] {
  const columns = arg.shape[arg.shape.length - 1] ?? 1;
  const rows = arg.shape.length === 2 ? arg.shape[0]! : 1;
  return [rows === 1 ? 0 : columns, columns === 1 ? 0 : 1];
}

/** A loop over arrays of one size: arguments that are smaller are spread out first. */
function loopOf(loop: Loop, out: Tensor, args: Arg[]): Kernel {
  const [a, b] = [spread(out, args[0]!), spread(out, args[1] ?? args[0]!)];
  const steps = [a.fill, ...(args.length > 1 ? [b.fill] : [])].filter((one) => one !== null);
  if (!steps.length) return () => loop(out.data, a.data, b.data);
  return () => {
    for (const fill of steps) fill();
    loop(out.data, a.data, b.data);
  };
}

function spread(out: Tensor, arg: Arg): { data: Float64Array; fill: Kernel | null } {
  const from = arg.data;
  const size = out.data.length;
  if (from.length === size) return { data: from, fill: null };
  const data = new Float64Array(size);
  if (from.length === 1) return { data, fill: () => void data.fill(from[0]!) };
  const columns = out.shape[out.shape.length - 1] ?? 1;
  const [down, right] = strides(arg);
  return {
    data,
    fill: () => {
      for (let row = 0, place = 0; place < size; row++)
        for (let column = 0; column < columns; column++) data[place++] = from[row * down + column * right]!;
    },
  };
}

function elementwise(apply: (...values: number[]) => number, out: Tensor, args: Arg[]): Kernel {
  const to = out.data;
  const size = to.length;
  const columns = out.shape[out.shape.length - 1] ?? 1;
  const rows = size / columns;
  const [a, b, c] = args.map((arg) => arg.data) as [Float64Array, Float64Array, Float64Array];
  if (args.length === 1)
    return () => {
      for (let place = 0; place < size; place++) to[place] = apply(a[place]!);
    };
  const [[ar, ac], [br, bc], [cr, cc]] = [args[0]!, args[1]!, args[2] ?? args[1]!].map(strides) as [[number, number], [number, number], [number, number]];
  if (args.length === 2) {
    if (a.length === size && b.length === size)
      return () => {
        for (let place = 0; place < size; place++) to[place] = apply(a[place]!, b[place]!);
      };
    return () => {
      for (let row = 0, place = 0; row < rows; row++)
        for (let column = 0; column < columns; column++, place++)
          to[place] = apply(a[row * ar + column * ac]!, b[row * br + column * bc]!);
    };
  }
  return () => {
    for (let row = 0, place = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, place++)
        to[place] = apply(a[row * ar + column * ac]!, b[row * br + column * bc]!, c[row * cr + column * cc]!);
  };
}
