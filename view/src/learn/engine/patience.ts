// How often the loss of an epoch has stopped falling: what clearprop/training/stopping.py counts, for a schedule
// that waits for it.

import type { Settings } from "./definitions";

/** The losses of the epoch so far, the best epoch's, the epochs since then, and how often patience ran out. */
export class Patience {
  private total = 0;
  private rows = 0;
  private best = NaN;
  private waited = 0;
  plateaus = 0;

  constructor(private readonly settings: Settings) {}

  /** Note the loss of a step; `rate` is the step's, and decides at the end of an epoch whether it may fall further. */
  after(loss: number, rows: number, isLast: boolean, rate: number): void {
    this.total += loss * rows;
    this.rows += rows;
    if (!isLast) return;
    this.judge(this.total / this.rows);
    this.total = this.rows = 0;
    if (this.waited <= Number(this.settings["patience"]) || rate <= Number(this.settings["smallest"])) return;
    this.plateaus++;
    this.waited = 0;
  }

  private judge(loss: number): void {
    const isBetter = Number.isNaN(this.best) ? !Number.isNaN(loss) : loss <= this.best - Number(this.settings["tolerance"]);
    this.waited = isBetter ? 0 : this.waited + 1;
    if (Number.isNaN(this.best) || loss < this.best) this.best = loss;
  }

  /** The counts, to be kept and taken back. */
  get state(): number[] {
    return [this.total, this.rows, this.best, this.waited, this.plateaus];
  }
  set state(state: number[]) {
    [this.total, this.rows, this.best, this.waited, this.plateaus] = state as [number, number, number, number, number];
  }
}
