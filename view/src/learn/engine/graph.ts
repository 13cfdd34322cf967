// A graph of primitives that grows: equal expressions are one node, and what can be computed from
// constants alone is a constant, as in clearprop/readings/symbol.py.

import type { GraphNode } from "../../payload";
import { number } from "../../payload";
import type { ComputeRule } from "../../primitives/compute";
import { COMPUTE, rowOf } from "../../primitives/compute";
import type { Tensor } from "../../primitives/tensor";

/** The right argument that leaves the left one as it is. */
const NEUTRAL: Record<string, number> = { add: 0, subtract: 0, multiply: 1, divide: 1 };

export class Graph {
  readonly nodes: GraphNode[] = [];
  /** The shapes of the given nodes. */
  readonly given = new Map<number, number[]>();
  private readonly known = new Map<string, number>();

  /** A graph that begins as this one. */
  copy(): Graph {
    const twin = new Graph();
    twin.nodes.push(...this.nodes);
    for (const [place, shape] of this.given) twin.given.set(place, shape);
    for (const [key, place] of this.known) twin.known.set(key, place);
    return twin;
  }

  give(shape: number[]): number {
    this.nodes.push({ op: "given" });
    this.given.set(this.nodes.length - 1, shape);
    return this.nodes.length - 1;
  }

  constant(value: number): number {
    return this.node({ op: "constant", value: Number.isFinite(value) ? value : String(value) });
  }

  apply(op: string, args: number[], how: { axis?: number | null; keepdims?: boolean } = {}): number {
    const values = args.map((arg) => this.constantAt(arg));
    if (values.every((value) => value !== undefined)) return this.constant(computedOf(op, values as number[]));
    const neutral = NEUTRAL[op];
    if (neutral !== undefined) {
      if (values[1] === neutral) return args[0]!;
      if (values[0] === neutral && (op === "add" || op === "multiply")) return args[1]!;
    }
    return this.node({ op, args, ...how });
  }

  /** The value of a constant node; undefined for all others. */
  constantAt(place: number): number | undefined {
    const node = this.nodes[place]!;
    return node.op === "constant" ? number(node.value) : undefined;
  }

  private node(node: GraphNode): number {
    const key = JSON.stringify(node);
    let place = this.known.get(key);
    if (place === undefined) {
      place = this.nodes.push(node) - 1;
      this.known.set(key, place);
    }
    return place;
  }
}

/** A primitive of single numbers. */
export function computedOf(op: string, values: number[]): number {
  const args = values.map((value): Tensor => ({ shape: [], data: Float64Array.of(value) }));
  return rowOf<ComputeRule>(COMPUTE, op).value({ op }, args).data[0]!;
}
