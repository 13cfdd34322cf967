// The step as it is with a slip in it: some nodes of its graph are replaced by others, and every
// number that follows from them is computed again, as far as one asked number needs it. The changes
// come from clearprop/explaining/work/page.py; no slip's formula is written here.

import { evaluated } from "./formula";
import type { GraphNode, Quantity, SlipChange } from "./payload";
import { number, unpacked } from "./payload";
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
/** So many numbers of an array are computed one at a time, unless it is small. */
const FEW = 8;
const SMALL = 256;
/** A product of matrices with more multiplications is not computed whole. */
const MOST_PRODUCTS = 20_000_000;

/** What no slip changes: computed once for all slips. */
export class SharedArrays {
  readonly tensors = new Map<number, Tensor | null>();
  readonly shapes = new Map<number, number[]>();
  readonly cells = new Map<string, number>();
  /** The arrays that are in the page for the slips alone, by node. */
  readonly kept = new Map<number, Float64Array>();

  /** The step without any slip. */
  readonly right: SlipGraph;

  constructor(step: Step) {
    const { payload, byPath, changed } = step;
    this.right = new SlipGraph(step, [], { changed: [] }, this);
    if (!payload.slips || changed) return;
    for (const [path, values] of Object.entries(payload.slips.whole)) {
      this.kept.set(byPath.get(path)!.node, unpacked(values));
    }
    for (const { node, values } of payload.slips.products) this.kept.set(node, unpacked(values));
  }
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
  private readonly asked = new Map<number, number>();
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
    if (node.op === "recorded") return this.shared.right.shape(node.args![0]!);
    const quantity = isAffected ? undefined : this.step.byNode.get(place);
    if (quantity) return quantity.shape;
    if (node.op === "given") return node.shape ?? [];
    return rowOf(COMPUTE, node.op).shape(node, (node.args ?? []).map((arg) => this.shape(arg)));
  }

  /** The quantity that a node is: the step's own where the slip leaves it, else one of the slip's. */
  private quantityAt(place: number): Quantity | undefined {
    const node = this.plain(place);
    const quantity = this.step.byNode.get(place);
    const isAffected = this.isAffected(place);
    if (!isAffected && (quantity || !this.shared.kept.has(place))) return quantity;
    if (isAffected && !quantity && node.op !== "given" && node.op !== "recorded") return undefined;
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
    if (place !== undefined) return this.at(place, index);
    return this.step.at(quantity, index) ?? this.at(quantity.node, index);
  };

  /** One number of a node: the whole array is computed when several of its numbers were asked for. */
  private at(place: number, index: Index): number {
    const asked = (this.asked.get(place) ?? 0) + 1;
    this.asked.set(place, asked);
    // Where all that changes are whole quantities, their formula is the whole step's: too long for one number.
    const isMade = place >= this.count && !this.change.changed.length;
    const whole = isMade || asked > FEW || sizeOf(this.shape(place)) <= SMALL ? this.tensor(place) : null;
    if (whole) return whole.data[flat(whole.shape, index)]!;
    const key = `${place}:${index}`;
    const known = this.isAffected(place) ? this.cells : this.shared.cells;
    let found = known.get(key);
    if (found === undefined) {
      found = this.cell(place, index);
      known.set(key, found);
    }
    return found;
  }

  private cell(place: number, index: Index): number {
    const node = this.plain(place);
    if (node.op === "given" && place >= this.count) {
      const array = this.tensor(place);
      if (!array) throw new MissingNumber();
      return array.data[flat(array.shape, index)]!;
    }
    if (node.op === "recorded") return this.shared.right.at(node.args![0]!, index);
    const kept = this.isAffected(place) ? undefined : this.shared.kept.get(place);
    if (kept) return kept[flat(this.shape(place), index)]!;
    const quantity = this.isAffected(place) ? undefined : this.step.byNode.get(place);
    const known = quantity && this.step.at(quantity, index);
    if (known !== undefined) return known;
    if (node.op === "given") throw new MissingNumber();
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
    if (node.op === "recorded") return this.shared.right.tensor(node.args![0]!);
    const all = this.isAffected(place) ? null : this.recorded(place);
    if (all) return { shape, data: all };
    if (node.op === "given") return null;
    const args: Tensor[] = [];
    for (const arg of node.args ?? []) {
      const one = this.tensor(arg);
      if (!one) return null;
      args.push(one);
    }
    if (node.op === "matmul" && sizeOf(shape) * args[0]!.shape[1]! > MOST_PRODUCTS) return null;
    return rowOf(COMPUTE, node.op).value(node, args);
  }

  /** All numbers of a node of the step that no slip changed; null if the page lacks some. */
  private recorded(place: number): Float64Array | null {
    const quantity = this.step.byNode.get(place);
    return (quantity && this.step.numbers(quantity).all) ?? this.shared.kept.get(place) ?? null;
  }

  /** An array that Python computed: it holds for the recorded step, and for no what-if. */
  private givenArray(node: GraphNode, shape: number[]): Tensor | null {
    if (!node.values || this.step.changed) return null;
    return { shape, data: Float64Array.from(node.values, number) };
  }
}

