// The state of the page: the moment of the step, the trail of opened numbers, the row and the lens.
// Panels draw this state and change it by the methods of App.

import { cellFormula, unraveled } from "./primitives/cells";
import { cellsOf } from "./formula";
import type { Payload, Phase, Quantity } from "./payload";
import type { Index } from "./step";
import { Step } from "./step";

export const LENSES = ["weights", "values", "error signals", "gradients", "updates"] as const;
const NO_UNITS: ReadonlyMap<number, number> = new Map();
const PHASES: Phase[] = ["given", "forward", "loss", "backward", "update"];
export type Lens = (typeof LENSES)[number];

/** A moment of the step: one quantity is computed. */
export interface Moment {
  path: string;
  phase: Phase;
  /** The number of the moment in its phase, counted from 1. */
  place: number;
  /** How many moments the phase has. */
  of: number;
}

/** One number: its quantity, and its index there. */
export interface NumberAddress {
  quantity: Quantity;
  index: Index;
}

export class App {
  readonly recorded: Step;
  readonly moments: Moment[];
  step: Step;
  moment = 0;
  row = 0;
  /** The opened numbers; the last one is in focus. */
  trail: NumberAddress[] = [];
  /** The lens that the reader chose; null if the lens follows the moment. */
  chosen: Lens | null = null;
  /** The changed given numbers, by `path#place`. */
  readonly changes = new Map<string, number>();
  /** Whether results are hidden so that the reader can compute them. */
  hiding = false;
  /** The unit of each column that the reader follows. It stays from moment to moment. */
  readonly followed = new Map<number, number>();
  private readonly listeners: (() => void)[] = [];
  private readonly order = new Map<string, number>();

  constructor(payload: Payload) {
    this.recorded = this.step = new Step(payload);
    this.moments = momentsOf(payload);
    payload.quantities.forEach((quantity, place) => this.order.set(quantity.path, place));
    const opening = this.moments.findIndex(({ phase }) => phase === "loss");
    this.go(Math.max(0, opening));
  }

  get now(): Moment {
    return this.moments[this.moment]!;
  }
  get here(): Quantity {
    return this.step.find(this.now.path)!;
  }
  /** The number in focus: the last of the trail. */
  get focus(): NumberAddress {
    return this.trail[this.trail.length - 1]!;
  }
  get lens(): Lens {
    return this.chosen ?? lensAt(this.now, this.here);
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Go to a moment, and focus its number of the row and the units that are followed. */
  go(moment: number): void {
    this.moment = Math.min(Math.max(moment, 0), this.moments.length - 1);
    this.trail = [{ quantity: this.here, index: this.followedIn(this.here) }];
    this.follow();
    this.changed();
  }

  /** Go to the moment that computes a quantity. */
  goTo(path: string): void {
    const target = this.step.find(path)?.path;
    const moment = this.moments.findIndex((one) => one.path === target);
    if (moment >= 0) this.go(moment);
  }

  /** Focus a number. The trail goes on to it if it is a source of the last number or of the one before; else it begins anew. */
  open(quantity: Quantity, index: Index, isSource?: boolean): void {
    const opened = { quantity, index };
    const before = this.trail.slice(0, -1);
    const last = this.focus.quantity === quantity ? before : this.trail;
    const goesOn = last.length > 0 && (isSource ?? this.comesFrom(last[last.length - 1]!, opened));
    this.trail = [...(goesOn ? last : []), opened];
    this.follow();
    this.changed();
  }

  /** Whether a number stands in the formula of another. */
  private comesFrom({ quantity, index }: NumberAddress, source: NumberAddress): boolean {
    if (this.step.isGiven(quantity)) return false;
    return cellsOf(cellFormula(this.step, quantity.node, index)).some((cell) => cell.quantity === source.quantity
      && cell.index.every((at, axis) => typeof at === "string" || at === source.index[axis]));
  }

  /** Follow the row and the units of the number in focus. */
  private follow(): void {
    const { quantity, index } = this.focus;
    index.forEach((at, axis) => {
      if (quantity.axes[axis] === "row") this.row = at;
      else this.followed.set(this.step.columnOfAxis(quantity, axis), at);
    });
  }

  /** Follow the number of a quantity with the largest absolute value. */
  openStrongest(quantity: Quantity): void {
    this.open(quantity, this.strongest(quantity));
  }

  /** Go back along the trail: to the number at `depth`, or by one number. */
  back(depth = this.trail.length - 2): void {
    if (depth < 0) return;
    this.trail = this.trail.slice(0, depth + 1);
    this.changed();
  }

  /** Show one lens at all moments; null lets the lens follow the moment. */
  chooseLens(lens: Lens | null): void {
    this.chosen = lens;
    this.changed();
  }

  /** Show another row of the batch, and the same numbers of that row. */
  chooseRow(row: number): void {
    this.row = row;
    this.trail = this.trail.map(({ quantity, index }) =>
      ({ quantity, index: index.map((at, axis) => (quantity.axes[axis] === "row" ? row : at)) }));
    this.changed();
  }

  /** Change a given number and compute the step again; undefined restores the recorded number. */
  changeGiven(quantity: Quantity, place: number, value: number | undefined): void {
    this.changeAll(quantity, [[place, value]]);
  }

  /** Give several numbers of a quantity other values, undefined for the recorded ones. */
  changeAll(quantity: Quantity, values: [number, number | undefined][]): void {
    const recorded = this.recorded.numbers(quantity).all;
    for (const [place, value] of values) {
      if (value === undefined || value === recorded?.[place]) this.changes.delete(`${quantity.path}#${place}`);
      else this.changes.set(`${quantity.path}#${place}`, value);
    }
    this.compute();
  }

  /** Make one class the target of a row. */
  makeTarget(quantity: Quantity, row: number, target: number): void {
    const width = quantity.shape[1]!;
    const recorded = this.recorded.numbers(quantity).all!;
    for (let place = row * width; place < (row + 1) * width; place++) {
      const value = place === row * width + target ? 1 : 0;
      if (value === recorded[place]) this.changes.delete(`${quantity.path}#${place}`);
      else this.changes.set(`${quantity.path}#${place}`, value);
    }
    this.compute();
  }

  undoAll(): void {
    this.changes.clear();
    this.compute();
  }

  hide(hiding: boolean): void {
    this.hiding = hiding;
    this.changed();
  }

  /** Whether the picture shows a quantity: one that is computed by now, or any if the reader chose a lens. */
  isShown(quantity: Quantity): boolean {
    if (this.hiding && quantity === this.focus.quantity && !this.step.isGiven(quantity)) return false;
    if (this.chosen !== null) return true;
    const later = PHASES.indexOf(quantity.phase) - PHASES.indexOf(this.now.phase);
    // All parameters are updated at once: their order means nothing.
    if (later !== 0 || quantity.phase === "update") return later <= 0;
    return this.order.get(quantity.path)! <= this.order.get(this.here.path)!;
  }

  /**
   * The index of the number with the largest absolute value: of the current row if the quantity has
   * rows, and of units that are given for columns. Only the numbers of drawn units count.
   */
  strongest(quantity: Quantity, along: ReadonlyMap<number, number> = NO_UNITS): Index {
    const { shape } = quantity;
    const first = quantity.summary?.strongest[0]?.index;
    const all = this.step.numbers(quantity).all;
    const known = this.known(quantity, along);
    if (!all) return first && known.every((at, axis) => at === null || at === first[axis]) ? first : this.firstDrawn(quantity, known);
    let best = -1;
    let found: Index | null = null;
    for (let at = 0; at < all.length; at++) {
      const index = unraveled(shape, at);
      if (!index.every((one, axis) => known[axis] === null || known[axis] === one) || !this.isDrawn(quantity, index)) continue;
      const size = Number.isNaN(all[at]!) ? Infinity : Math.abs(all[at]!);
      if (size > best) [best, found] = [size, index];
    }
    return found ?? this.firstDrawn(quantity, known);
  }

  /** The index of the number of a quantity that belongs to what is followed: its strongest one where nothing decides. */
  private followedIn(quantity: Quantity): Index {
    return this.strongest(quantity, this.followed);
  }

  /** The places that are decided along each axis: by the current row, and by units. */
  private known(quantity: Quantity, units: ReadonlyMap<number, number>): (number | null)[] {
    return quantity.shape.map((size, axis) => {
      if (quantity.axes[axis] === "row") return this.row;
      const unit = units.get(this.step.columnOfAxis(quantity, axis));
      return unit !== undefined && unit < size ? unit : null;
    });
  }

  /** The index of a number that the page has of every large array: the first one of drawn units. */
  private firstDrawn(quantity: Quantity, known: (number | null)[]): Index {
    return quantity.shape.map((_, axis) =>
      known[axis] ?? this.step.payload.columns[this.step.columnOfAxis(quantity, axis)]!.shown[0] ?? 0);
  }

  /** Whether the picture draws the units of a number: the page has the sources of their numbers. */
  private isDrawn(quantity: Quantity, index: Index): boolean {
    return index.every((at, axis) => {
      if (quantity.axes[axis] === "row") return true;
      const { shown, width } = this.step.payload.columns[this.step.columnOfAxis(quantity, axis)]!;
      return width !== quantity.shape[axis] || shown.length === width || shown.includes(at);
    });
  }

  private compute(): void {
    this.step = this.changes.size ? this.recorded.whatIf(this.changes) : this.recorded;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function momentsOf(payload: Payload): Moment[] {
  const inputs: Moment = { path: "x", phase: "given", place: 1, of: 1 };
  const later = payload.phases.flatMap(({ name, moments }) =>
    moments.map((path, place) => ({ path, phase: name, place: place + 1, of: moments.length })),
  );
  return [inputs, ...later];
}

/** The lens that shows what happens at a moment. */
function lensAt(moment: Moment, quantity: Quantity): Lens {
  if (moment.phase === "update") return "updates";
  if (moment.phase !== "backward") return "values";
  return quantity.axes[0] === "row" ? "error signals" : "gradients";
}
