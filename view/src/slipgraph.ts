// The step as it is with a slip in it: some nodes of its graph are replaced by others, and every
// number that follows from them is computed again, as far as one asked number needs it. The changes
// come from clearprop/explaining/work/page.py; no slip's formula is written here.

import { evaluated } from "./formula";
import type { GraphNode, Quantity, SlipChange } from "./payload";
import { number } from "./payload";
import { cellFormula } from "./primitives/cells";
import { COMPUTE, rowOf } from "./primitives/compute";
import type { Tensor } from "./primitives/tensor";
import { sizeOf } from "./primitives/tensor";
import type { Index, Step } from "./step";
import { flat } from "./step";

/** A number that the page does not have. */
export class MissingNumber extends Error {}

/** Arrays with at most so many numbers are computed whole; of larger ones, one number at a time. */
const MOST_WHOLE = 65_536;
/** A product of matrices with more multiplications is not computed whole. */
const MOST_PRODUCTS = 20_000_000;

/** What no slip changes: computed once for all slips. */
export class SharedArrays {
  readonly tensors = new Map<number, Tensor | null>();
  readonly shapes = new Map<number, number[]>();
}

export class SlipGraph {
  readonly byNode = { get: (place: number) => this.quantityAt(place) };
  private readonly replaced: Map<number, number>;
  private readonly count: number;
  private readonly nodes = new Map<number, GraphNode>();
  private readonly affected = new Map<number, boolean>();
  private readonly tensors = new Map<number, Tensor | null>();
  private readonly shapes = new Map<number, number[]>();
  private readonly cells = new Map<string, number>();
  private readonly own = new Map<number, Quantity>();
  private readonly placeOf = new Map<Quantity, number>();

  constructor(
    private readonly step: Step,
    private readonly added: GraphNode[],
    private readonly change: SlipChange,
    private readonly shared: SharedArrays,
  ) {
    this.count = step.payload.nodes.length;
    this.replaced = new Map(change.changed);
  }

  /**
   * One number of a quantity, with the slip; null if the slip leaves it as it is or takes it away.
   * A number that the page lacks is a MissingNumber. `after` is what changes it when all is computed.
   */
  value({ path, node, shape }: Quantity, index: Index, after = this.change.after?.[path]): number | null {
    if (this.change.missing?.includes(path)) return null;
    const place = after ?? this.standing(node);
    if (place === node && !this.isAffected(place)) return null;
    const own = this.shape(place);
    const isInside = own.length === shape.length && index.every((at, axis) => at < own[axis]!);
    return isInside ? this.at(place, index) : null;
  }

  node(place: number): GraphNode {
    let found = this.nodes.get(place);
    if (!found) {
      const plain = this.plain(place);
      const isSlips = plain.args && plain.op !== "recorded";
      found = isSlips ? { ...plain, args: plain.args!.map((arg) => this.standing(arg)) } : plain;
      this.nodes.set(place, found);
    }
    return found;
  }

  shape(place: number): number[] {
    const isAffected = this.isAffected(place);
    const known = isAffected ? this.shapes : this.shared.shapes;
    let found = known.get(place);
    if (!found) {
      found = this.shapeOf(place, isAffected);
      known.set(place, found);
    }
    return found;
  }

  /** Called for an array that is too large to write out number by number. */
  tooMany(): never {
    throw new MissingNumber();
  }

  private plain(place: number): GraphNode {
    return place < this.count ? this.step.payload.nodes[place]! : this.added[place - this.count]!;
  }

  /** The node that stands in the place of a node. */
  private standing(place: number): number {
    let found = place;
    for (let next = this.replaced.get(found); next !== undefined; next = this.replaced.get(found)) found = next;
    return found;
  }

  /** Whether a node's numbers are not those of the step. */
  private isAffected(place: number): boolean {
    if (place >= this.count) return true;
    let found = this.affected.get(place);
    if (found === undefined) {
      const args = this.plain(place).args ?? [];
      found = args.some((arg) => this.standing(arg) !== arg || this.isAffected(arg));
      this.affected.set(place, found);
    }
    return found;
  }

  private shapeOf(place: number, isAffected: boolean): number[] {
    const node = this.node(place);
    const quantity = this.step.byNode.get(node.op === "recorded" ? node.args![0]! : place);
    if (quantity && (!isAffected || node.op === "recorded")) return quantity.shape;
    if (node.op === "given") return node.shape ?? [];
    return rowOf(COMPUTE, node.op).shape(node, (node.args ?? []).map((arg) => this.shape(arg)));
  }

  /** The quantity that a node is: the step's own where the slip leaves it, else one of the slip's. */
  private quantityAt(place: number): Quantity | undefined {
    const node = this.plain(place);
    if (node.op === "recorded") return this.step.byNode.get(node.args![0]!);
    const quantity = this.step.byNode.get(place);
    if (!this.isAffected(place)) return quantity;
    if (!quantity && node.op !== "given") return undefined;
    let found = this.own.get(place);
    if (!found) {
      found = { ...(quantity ?? this.step.payload.quantities[0]!), node: place };
      this.own.set(place, found);
      this.placeOf.set(found, place);
    }
    return found;
  }

  private readonly look = (quantity: Quantity, index: Index): number => {
    const place = this.placeOf.get(quantity);
    const value = place === undefined ? this.step.at(quantity, index) : this.at(place, index);
    if (value === undefined) throw new MissingNumber();
    return value;
  };

  /** One number of a node. */
  private at(place: number, index: Index): number {
    const whole = this.tensor(place);
    if (whole) return whole.data[flat(whole.shape, index)]!;
    const key = `${place}:${index}`;
    let found = this.cells.get(key);
    if (found === undefined) {
      found = this.cell(place, index);
      this.cells.set(key, found);
    }
    return found;
  }

  private cell(place: number, index: Index): number {
    const node = this.plain(place);
    if (node.op === "given" && place >= this.count) throw new MissingNumber();
    const isRecorded = node.op === "recorded" || !this.isAffected(place);
    const quantity = isRecorded ? this.quantityAt(place) : undefined;
    if (quantity) return this.look(quantity, index);
    const value = evaluated(cellFormula(this, place, index), this.look);
    if (value === undefined) throw new MissingNumber();
    return value;
  }

  /** All numbers of a node; null if they are too many, or if the page lacks some of them. */
  private tensor(place: number): Tensor | null {
    const known = this.isAffected(place) ? this.tensors : this.shared.tensors;
    let found = known.get(place);
    if (found === undefined) {
      found = this.computed(place);
      known.set(place, found);
    }
    return found;
  }

  private computed(place: number): Tensor | null {
    const node = this.node(place);
    const shape = this.shape(place);
    if (sizeOf(shape) > MOST_WHOLE) return null;
    if (node.op === "given" && place >= this.count) return this.givenArray(node, shape);
    const quantity = node.op === "recorded" || !this.isAffected(place) ? this.quantityAt(place) : undefined;
    if (quantity) {
      const { all } = this.step.numbers(quantity);
      return all && { shape, data: all };
    }
    const args: Tensor[] = [];
    for (const arg of node.args ?? []) {
      const one = this.tensor(arg);
      if (!one) return null;
      args.push(one);
    }
    if (node.op === "matmul" && sizeOf(shape) * args[0]!.shape[1]! > MOST_PRODUCTS) return null;
    return rowOf(COMPUTE, node.op).value(node, args);
  }

  /** An array that Python computed: it holds for the recorded step, and for no what-if. */
  private givenArray(node: GraphNode, shape: number[]): Tensor | null {
    if (!node.values || this.step.changed) return null;
    return { shape, data: Float64Array.from(node.values, number) };
  }
}

