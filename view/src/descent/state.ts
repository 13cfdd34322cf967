// The state of the page: the step, the chosen walker, and whether there is fog. Panels draw this state
// and change it by the methods of DescentState.

import type { Descent, Walk } from "./payload";

export class DescentState {
  step = 0;
  walker = 0;
  fog: boolean;
  private readonly listeners: (() => void)[] = [];

  constructor(readonly descent: Descent) {
    this.fog = descent.walks.length > 0;
  }

  get walk(): Walk | undefined {
    return this.descent.walks[this.walker];
  }
  /** The last step of the longest walk. */
  get last(): number {
    return Math.max(0, ...this.descent.walks.map((walk) => walk.positions.length - 1));
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
  changed(): void {
    for (const listener of this.listeners) listener();
  }
}
