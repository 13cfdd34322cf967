// The state of the page: the step, the chosen walker, whether there is fog, and what the reader tries.
// Panels draw this state and change it by the methods of DescentState.

import type { Descent, Walk } from "./payload";
import { value } from "./payload";
import { stroll } from "./stroll";

export class DescentState {
  step = 0;
  walker = 0;
  fog: boolean;
  /** The walks that are shown: as recorded, or as the reader tries them. */
  walks: Walk[];
  private readonly listeners: (() => void)[] = [];

  constructor(readonly descent: Descent) {
    this.walks = descent.walks;
    this.fog = descent.walks.length > 0;
  }

  get walk(): Walk | undefined {
    return this.walks[this.walker];
  }
  /** The last step of the longest walk. */
  get last(): number {
    return Math.max(0, ...this.walks.map((walk) => walk.positions.length - 1));
  }
  get canTry(): boolean {
    return this.descent.live.program !== null && this.walks.length > 0;
  }
  get isTried(): boolean {
    return this.walks !== this.descent.walks;
  }
  /** Whether all walks begin at one place, as in a race. */
  get isRace(): boolean {
    return this.walks.length > 1 && !this.descent.dropped;
  }
  get start(): number[] {
    return this.walk!.positions[0]!.map(value);
  }
  /** The place in a walk at the current step; a walk that has ended stays at its last position. */
  at(walk: Walk): number {
    return Math.min(this.step, walk.positions.length - 1);
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }
  /** Go to a step; at the end the fog lifts. */
  go(step: number): void {
    const before = this.step;
    this.step = Math.min(Math.max(step, 0), this.last);
    if (this.step === this.last && before !== this.last) this.fog = false;
    this.changed();
  }
  follow(walker: number): void {
    this.walker = walker;
    this.changed();
  }
  setFog(fog: boolean): void {
    this.fog = fog;
    this.changed();
  }
  /** Walk from another start: the followed walker, or all walkers of a race. */
  tryStart(start: number[]): void {
    this.retake((walk, place) => (this.isRace || place === this.walker ? stroll(this.descent, walk, start, walk.rate) : walk));
  }
  /** Walk with another learning rate: the followed walker alone. */
  tryRate(rate: number): void {
    this.retake((walk, place) => (place === this.walker ? stroll(this.descent, walk, this.start, rate) : walk));
  }
  /** Show the recorded walks again. */
  reset(): void {
    this.walks = this.descent.walks;
    this.step = Math.min(this.step, this.last);
    this.changed();
  }
  private retake(take: (walk: Walk, place: number) => Walk): void {
    if (!this.canTry) return;
    this.walks = this.walks.map(take);
    // In the fog the walk begins anew; without it all of it is seen.
    this.step = this.fog ? 0 : this.last;
    this.changed();
  }
  changed(): void {
    for (const listener of this.listeners) listener();
  }
}
