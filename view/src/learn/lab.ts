// The state of the page: the knobs, the training, its past, and what the reader follows. Panels draw this
// state and change it by the methods of Lab.

import { Trainer } from "./engine/trainer";
import type { Rows, Snapshot, StepProgram } from "./engine/trainer";
import type { Parameter } from "./engine/compose";
import { diagnosisOf } from "./diagnosis";
import type { Knobs } from "./knobs";
import { dataOf, firstKnobs, scheduleOf, startOf, taskOf } from "./knobs";
import { shown } from "../numbers";
import type { DataSet, LearnPayload, MeanAndSd } from "./payload";
import type { Slips } from "../payload";
import type { Step } from "../step";
import type { Scale } from "./ladder";
import { openedStep, withSlips } from "./opened";
import { rowsOf, unscaled } from "./rowsof";
import type { KnownSlips } from "./engine/definitions";
import { slipsOf, unpackedSlips } from "./engine/slips";

/** A point of the loss curve. */
export interface CurvePoint {
  step: number;
  loss: number;
  held: number | null;
}

/** A weight, or any other number of the coming step. */
export interface NumberPlace {
  path: string;
  index: number[];
}

/** A run that stays for comparison. */
export interface PinnedRun {
  knobs: Knobs;
  curve: CurvePoint[];
}

/** Steps between two kept states at first; when there are too many, every second is dropped. */
const KEEP_EVERY = 1;
const MOST_KEPT = 240;
const MOST_POINTS = 600;
/** With more numbers in a batch than this the clock is read after every step. */
const SLOW = 2000;
/** A loss this many times the first one ends the training: the weights have run away. */
export const RUN_AWAY = 1e6;

export class Lab {
  knobs: Knobs;
  trainer!: Trainer;
  rows!: Rows;
  held: Rows | null = null;
  /** How each input was standardised; null for one that was not. */
  scales: (MeanAndSd | null)[] = [];
  data!: DataSet;
  curve: CurvePoint[] = [];
  pinned: PinnedRun | null = null;
  playing = false;
  /** Steps per second; 0 for as many as there is time for. */
  speed = 0;
  /** The weight that is followed. */
  followed: NumberPlace = { path: "", index: [] };
  /** The number whose equation is shown; null for the gradient of the followed weight. */
  opened: NumberPlace | null = null;
  row = 0;
  foggy = true;
  /** Whether the reader says what the gradient will be before it is shown, and what was said of which number. */
  predicting = false;
  said: { key: string; sign: number; size: number | null } | null = null;
  backward = false;
  /** What the arrow keys go by. */
  scale: Scale = "step";
  /** Whether a number of the training was changed by hand. */
  touched = false;
  /** Grows when rows are others than before. */
  rowsVersion = 0;
  stopped = "";
  /** The axes of the data's picture. */
  axes: [number, number] = [0, 1];
  private kept: Snapshot[] = [];
  private keepEvery = KEEP_EVERY;
  private readonly listeners: { whole: boolean; draw: () => void }[] = [];
  private looked: StepProgram | null = null;
  private openedNow: Step | null = null;
  /** The known slips, once they are unpacked. */
  private known: KnownSlips | null = null;

  constructor(readonly payload: LearnPayload) {
    this.knobs = firstKnobs(payload);
    this.setUp();
    void unpackedSlips(payload.slips).then((known) => (this.known = known));
  }

  /** Call `draw` at every change; with `whole` only when another training begins. */
  listen(draw: () => void, whole = false): void {
    this.listeners.push({ whole, draw });
  }
  changed(whole = false): void {
    this.looked = this.openedNow = null;
    for (const one of this.listeners) if (whole || !one.whole) one.draw();
  }

  /** Begin anew with other knobs. */
  turn(knobs: Partial<Knobs>): void {
    this.knobs = { ...this.knobs, ...knobs };
    this.setUp();
    this.changed(true);
  }
  reset(): void {
    this.playing = false;
    this.turn({});
  }

  /** Change the learning rate without beginning anew. */
  setRate(rate: number): void {
    this.knobs = { ...this.knobs, rate };
    this.trainer.training.rate = rate;
    this.forgetAfter(this.trainer.step);
    this.changed();
  }

  private setUp(): void {
    const { payload, knobs } = this;
    const before = this.data as DataSet | undefined;
    this.data = dataOf(payload, knobs.data);
    [this.rows, this.held, this.scales] = rowsOf(this.data, knobs.noise, knobs.scaling);
    this.rowsVersion++;
    const start = startOf(payload, knobs);
    this.trainer = new Trainer(payload.definitions, {
      task: taskOf(payload, knobs), batch: knobs.batch, rate: knobs.rate, seed: knobs.seed, ...scheduleOf(knobs), ...(start ? { start } : {}),
    }, this.rows);
    this.curve = [];
    this.kept = [];
    this.keepEvery = KEEP_EVERY;
    this.touched = false;
    this.nudge = null;
    this.stopped = "";
    this.opened = null;
    this.row = Math.min(this.row, this.rows.count - 1);
    this.axes = [0, Math.min(1, this.rows.inputs - 1)];
    if (this.data !== before || !this.holds(this.followed)) this.followed = this.strongestWeight();
    this.keep();
  }

  // -- time --------------------------------------------------------------------------------------

  /** Take steps, as many as asked or as there is time for in milliseconds. */
  advance(steps: number, milliseconds = Infinity): void {
    this.nudge = null;
    const end = performance.now() + milliseconds;
    const isSlow = this.trainer.batch * this.rows.inputs > SLOW;
    for (let taken = 0; taken < steps; taken++) {
      if (this.stopped) break;
      const [loss] = this.trainer.advance();
      if (!Number.isFinite(loss) || loss > RUN_AWAY * Math.max(1, this.curve[0]!.loss)) this.runAway();
      if (this.trainer.step % this.keepEvery === 0) this.keep();
      if (((taken & 7) === 7 || isSlow) && performance.now() > end) break;
    }
  }

  /** Go to a step, back or forth. Going back is exact: it begins at the nearest kept state. */
  goTo(step: number): void {
    this.playing = false;
    this.nudge = null;
    const target = Math.max(0, Math.round(step));
    if (target < this.trainer.step) {
      const from = [...this.kept].reverse().find((one) => one.step <= target);
      this.trainer.restore(from ?? this.kept[0]!);
      this.stopped = "";
    }
    while (this.trainer.step < target && !this.stopped) this.advance(Math.min(64, target - this.trainer.step));
    this.changed();
  }

  /** The last step that the training has reached. */
  get last(): number {
    return Math.max(this.trainer.step, this.curve[this.curve.length - 1]?.step ?? 0);
  }

  private keep(): void {
    const { step } = this.trainer;
    if (this.kept.length && this.kept[this.kept.length - 1]!.step >= step) return;
    this.kept.push(this.trainer.snapshot());
    this.curve.push(this.measured());
    if (this.kept.length > MOST_KEPT) {
      this.keepEvery *= 2;
      this.kept = this.kept.filter((one) => one.step % this.keepEvery === 0);
    }
    if (this.curve.length > MOST_POINTS) this.curve = this.curve.filter((_, place) => place % 2 === 0);
  }

  private measured(): CurvePoint {
    const { trainer } = this;
    return { step: trainer.step, loss: trainer.loss(), held: this.held ? trainer.loss(this.held) : null };
  }

  /** The loss of all rows now. */
  now(): CurvePoint {
    const last = this.curve[this.curve.length - 1];
    return last?.step === this.trainer.step && !this.touched ? last : this.measured();
  }

  private forgetAfter(step: number): void {
    this.kept = this.kept.filter((one) => one.step <= step);
    this.curve = this.curve.filter((one) => one.step <= step);
  }

  private runAway(): void {
    this.playing = false;
    this.stopped = `The weights ran away at step ${this.trainer.step}: the loss is no longer a useful number. Reset, and lower η.`;
  }

  // -- what is followed --------------------------------------------------------------------------

  /** The coming step, computed but not taken. */
  look(): StepProgram {
    return (this.looked ??= this.trainer.look());
  }
  /** The same with names, for formulas. */
  step(): Step {
    if (!this.openedNow) {
      const chosen = [...this.trainer.batchRows()];
      const rows = { labels: chosen.map((row) => `row ${row}`), targets: chosen.map((row) => this.targetOf(row)) };
      this.openedNow = openedStep(this.look(), this.trainer.training.task, rows, this.data.inputs, this.data.outputs);
      withSlips(this.openedNow.payload, this.slipsOfStep());
    }
    return this.openedNow;
  }
  /** What makes the known slips of the coming step, when they are asked for. */
  slipsOfStep(): () => Slips | undefined {
    const [program, { task }, { inputs, outputs }, rows] = [this.look(), this.trainer, this.rows, this.trainer.batchRows().length];
    return () => (this.known ? slipsOf(this.payload.definitions, this.known, task, program, rows, inputs, outputs) : undefined);
  }

  follow(place: NumberPlace): void {
    this.followed = place;
    this.opened = this.nudge = null;
    this.changed();
  }
  open(place: NumberPlace | null): void {
    this.opened = place;
    this.changed();
  }
  hold(row: number): void {
    this.row = ((row % this.rows.count) + this.rows.count) % this.rows.count;
    this.changed();
  }

  /** The parameter that is followed. */
  get parameter(): Parameter {
    return this.trainer.parameters.find((one) => one.path === this.followed.path)!;
  }
  /** The place of the followed number in its array. */
  get place(): number {
    const { index } = this.followed;
    return index.length === 2 ? index[0]! * this.parameter.shape[1]! + index[1]! : index[0]!;
  }
  /** Which gradient of which step a prediction is about. */
  get asked(): string {
    return `${this.trainer.step} ${this.followed.path} ${this.followed.index}`;
  }
  /** Whether the gradient waits for the reader's word. */
  get isHidden(): boolean {
    return this.predicting && this.said?.key !== this.asked;
  }
  /** The gradient of the followed weight for the coming step's rows. */
  slope(): number {
    const program = this.look();
    return program.compiled.at(program.parameters.find((one) => one.path === this.followed.path)!.gradient)[this.place]!;
  }
  /** The loss of the coming step's rows. */
  batchLoss(): number {
    const program = this.look();
    return program.compiled.at(program.loss)[0]!;
  }
  get weight(): number {
    return this.trainer.numbers.get(this.followed.path)![this.place]!;
  }
  /** Where a change of the followed weight by hand began; null once a step is taken. */
  nudge: { weight: number; loss: number; slope: number } | null = null;

  /** Change the followed weight by hand; what came after is no longer this training's. */
  setWeight(value: number): void {
    this.playing = false;
    this.nudge ??= { weight: this.weight, loss: this.batchLoss(), slope: this.slope() };
    this.trainer.set(this.followed.path, this.place, value);
    this.forgetAfter(this.trainer.step - 1);
    this.kept.push(this.trainer.snapshot());
    this.curve.push(this.measured());
    this.touched = true;
    this.stopped = "";
    this.changed();
  }

  /** Change rows by hand; what came after is no longer this training's. */
  edit(change: (rows: Rows) => Rows): void {
    this.nudge = null;
    this.rows = change(this.rows);
    this.rowsVersion++;
    this.trainer.setRows(this.rows);
    this.forgetAfter(this.trainer.step - 1);
    this.kept.push(this.trainer.snapshot());
    this.curve.push(this.measured());
    this.touched = true;
    this.changed();
  }

  targetOf(row: number): string {
    const { outputs, t } = this.rows;
    const own = t.subarray(row * outputs, (row + 1) * outputs);
    const scale = this.data.scaled?.outputs?.[0];
    if (this.data.kind !== "classes" && scale) return shown(unscaled(scale, own[0]!));
    if (this.data.kind !== "classes" || outputs === 1) return shown(own[0]!);
    return this.data.outputs[own.indexOf(Math.max(...own))]!;
  }

  diagnosis(): string {
    return this.stopped || diagnosisOf(this);
  }

  private holds({ path, index }: NumberPlace): boolean {
    const parameter = this.trainer.parameters.find((one) => one.path === path);
    return !!parameter && index.length === parameter.shape.length && index.every((at, axis) => at < parameter.shape[axis]!);
  }

  private strongestWeight(): NumberPlace {
    const program = this.trainer.look();
    const first = program.parameters.find((one) => one.shape.length === 2)!;
    const numbers = program.compiled.at(first.gradient);
    let best = 0;
    numbers.forEach((value, place) => {
      if (Math.abs(value) > Math.abs(numbers[best]!)) best = place;
    });
    return { path: first.path, index: [Math.floor(best / first.shape[1]!), best % first.shape[1]!] };
  }
}
