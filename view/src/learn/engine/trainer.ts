// A training: parameters, what the optimizer and the layers remember, and the number of the step. Given a
// seed, a step is a function of its number and of what came before, so that any step can be reached again.

import { sizeOf } from "../../primitives/tensor";
import type { Compiled } from "./compile";
import { compiled } from "./compile";
import type { Memory, Parameter, StepGraph } from "./compose";
import { predictionGraph, stepGraph } from "./compose";
import type { Definitions, ScheduleSpec, TaskSpec } from "./definitions";
import { EXACT } from "./definitions";
import { Graph } from "./graph";
import { Instance } from "./instance";
import { FEEDBACK, MASKS, Noise, ORDERS, WEIGHTS } from "./noise";
import { Patience } from "./patience";
import { factorAt } from "./schedule";

/** Rows of numbers, one after another. */
export interface Rows {
  count: number;
  x: Float64Array;
  t: Float64Array;
  /** How much each row counts; the same where it is not here. */
  weights?: Float64Array;
  inputs: number;
  outputs: number;
}

export interface Training {
  task: TaskSpec;
  batch: number;
  rate: number;
  seed: number;
  /** The first parameters by path; those that are not here are drawn from the seed. */
  start?: Record<string, ArrayLike<number>>;
  schedule?: ScheduleSpec;
  /** The fixed matrices of the rule that sends the error back, by path; drawn where they are not here. */
  feedback?: Record<string, ArrayLike<number>>;
}

/** All that a step changes, copied. */
export interface Snapshot {
  step: number;
  numbers: Float64Array[];
  patience: number[];
}

/** A graph for batches of one size, and its compiled form. */
export interface StepProgram extends StepGraph {
  compiled: Compiled;
  /** The part that the loss needs, over the same arrays. */
  along?: Compiled;
  /** What a prediction was made of: it is made once for the same. */
  made?: { x: Float64Array; t: Float64Array | undefined; weights: Float64Array | undefined; version: number };
}

export class Trainer {
  step = 0;
  /** Grows with each change of the numbers or the rows. */
  private version = 0;
  readonly parameters: Parameter[];
  readonly memories: Memory[];
  /** The numbers of parameters and memories by path, changed in place. */
  readonly numbers = new Map<string, Float64Array>();
  private readonly programs = new Map<string, StepProgram>();
  private readonly predictions = new Map<string, StepProgram>();
  private readonly orders = new Map<number, Int32Array>();
  private readonly noise: Noise;
  /** Only of a schedule that waits for it. */
  private readonly patience: Patience | null;
  /** Fixed matrices that the error is sent back through, by path. */
  readonly matrices = new Map<string, Float64Array>();

  constructor(
    readonly definitions: Definitions,
    readonly training: Training,
    public rows: Rows,
  ) {
    this.noise = Noise.of(training.seed);
    const { kind, settings } = training.schedule ?? { kind: "" };
    const known = { ...definitions.schedules[kind]?.settings, ...settings };
    this.patience = "patience" in known ? new Patience(known) : null;
    const graph = stepGraph(definitions, training.task, 1, rows.inputs, rows.outputs);
    this.parameters = graph.parameters;
    this.memories = graph.memories;
    const drawn = new Drawn(definitions, this.noise.child(WEIGHTS));
    for (const one of this.parameters) {
      const own = drawn.numbers(one);
      this.numbers.set(one.path, Float64Array.from(training.start?.[one.path] ?? own));
    }
    for (const { path, shape, start } of this.memories) this.numbers.set(path, new Float64Array(sizeOf(shape)).fill(start));
  }

  /** What is trained; with weights where the rows have some. */
  get task(): TaskSpec {
    return this.rows.weights ? { ...this.training.task, weighted: true } : this.training.task;
  }
  private get meanWeight(): number {
    const { weights } = this.rows;
    return weights ? weights.reduce((sum, one) => sum + one, 0) / weights.length : 1;
  }
  get batch(): number {
    return Math.min(this.training.batch, this.rows.count);
  }
  get stepsPerEpoch(): number {
    return Math.ceil(this.rows.count / this.batch);
  }
  get epoch(): number {
    return Math.floor(this.step / this.stepsPerEpoch);
  }
  get rate(): number {
    const { schedule, rate } = this.training;
    if (!schedule) return rate;
    const { step, epoch, stepsPerEpoch, rows } = this;
    const progress = { step, epoch, steps: schedule.epochs * stepsPerEpoch, rows_seen: epoch * rows.count, plateaus: this.patience?.plateaus ?? 0 };
    return rate * factorAt(this.definitions, schedule, progress);
  }

  /** The rows of the coming step. */
  batchRows(): Int32Array {
    const within = this.step % this.stepsPerEpoch;
    return this.order(this.epoch).subarray(within * this.batch, (within + 1) * this.batch);
  }

  /**
   * Compute the coming step without taking it; `whole` computes every number that has a name, and `rows`
   * takes other rows than the step's, `rule` sends the error back in another way.
   */
  look(whole = true, rows: Int32Array | null = null, rule = this.training.task.rule ?? EXACT): StepProgram {
    const program = this.filled(whole, rows, rule);
    program.compiled.run();
    return program;
  }

  /** The program of a step with its rows, rate and masks in it. */
  private filled(whole: boolean, rows: Int32Array | null, rule: string): StepProgram {
    const chosen = rows ?? this.batchRows();
    const program = this.programOf(chosen.length, whole, rows !== null, rule);
    const { inputs, outputs, x, t } = this.rows;
    const [xs, ts] = [program.compiled.at(program.x), program.compiled.at(program.t)];
    chosen.forEach((row, place) => {
      for (let at = 0; at < inputs; at++) xs[place * inputs + at] = x[row * inputs + at]!;
      for (let at = 0; at < outputs; at++) ts[place * outputs + at] = t[row * outputs + at]!;
    });
    const { weights } = this.rows;
    if (weights && program.weights !== null) chosen.forEach((row, place) => (program.compiled.at(program.weights!)[place] = weights[row]!));
    program.compiled.at(program.rows)[0] = chosen.length * this.meanWeight;
    program.compiled.at(program.rate)[0] = this.rate;
    const noise = program.masks.length ? this.noise.child(MASKS).child(this.step) : this.noise;
    for (const { node, rate, labels } of program.masks) {
      labels.reduce((stream, label) => stream.child(label), noise).mask(program.compiled.at(node), rate);
    }
    return program;
  }

  /** The loss of the coming step's rows, and the penalty, with other values in the place of one parameter. */
  lossAlong(path: string, place: number, values: number[]): number[] {
    const numbers = this.numbers.get(path)!;
    const own = numbers[place]!;
    const found = this.losses(values, (value) => (numbers[place] = value));
    numbers[place] = own;
    return found;
  }

  /** The same loss where all parameters are moved by multiples of a direction. */
  lossOnLine(direction: Map<string, Float64Array>, steps: number[]): number[] {
    const own = new Map([...direction.keys()].map((path) => [path, this.numbers.get(path)!.slice()]));
    const move = (step: number) => {
      for (const [path, from] of own) this.numbers.get(path)!.forEach((_, at, numbers) => (numbers[at] = from[at]! + step * direction.get(path)![at]!));
    };
    const found = this.losses(steps, move);
    move(0);
    return found;
  }

  private losses(values: number[], set: (value: number) => void): number[] {
    const program = this.filled(false, null, this.training.task.rule ?? EXACT);
    const { compiled: whole, loss, penalty } = program;
    const given = [program.x, program.t, program.rows, ...(program.weights === null ? [] : [program.weights]), ...program.masks.map((mask) => mask.node)];
    const bound = new Map([...this.bound(program), ...given.map((node): [number, Float64Array] => [node, whole.at(node)])]);
    const wanted = penalty === null ? [loss] : [loss, penalty];
    const part = (program.along ??= compiled(program.graph, wanted, bound));
    return values.map((value) => {
      set(value);
      part.run();
      return wanted.reduce((sum, node) => sum + part.at(node)[0]!, 0);
    });
  }

  /** Take a step; return the loss of its rows before it, and the penalty. */
  advance(): [number, number] {
    const program = this.look(false);
    const { compiled: done } = program;
    for (const { path, next } of program.parameters) this.numbers.get(path)!.set(done.at(next));
    for (const { path, node, next } of program.memories) if (next !== node) this.numbers.get(path)!.set(done.at(next));
    const [loss, penalty] = [done.at(program.loss)[0]!, program.penalty === null ? 0 : done.at(program.penalty)[0]!];
    const within = this.step % this.stepsPerEpoch;
    this.patience?.after(loss + penalty, done.at(program.rows)[0]!, within === this.stepsPerEpoch - 1, done.at(program.rate)[0]!);
    this.step++;
    this.version++;
    return [loss, penalty];
  }

  /** The prediction for rows, with every layer's output; `t` is needed for the loss only. */
  predict(x: Float64Array, t?: Float64Array, weights?: Float64Array): StepProgram {
    const { inputs, outputs } = this.rows;
    const count = x.length / inputs;
    let program = this.predictions.get(`${count} ${this.task.weighted}`);
    if (!program) {
      const graph = predictionGraph(this.definitions, this.task, count, inputs, outputs);
      const wanted = [graph.prediction, graph.loss, ...(graph.weights === null ? [] : [graph.weights]), ...graph.arrays.filter((one) => one.phase === "forward").map((one) => one.node)];
      program = { ...graph, compiled: compiled(graph.graph, wanted, this.bound(graph)) };
      this.predictions.set(`${count} ${this.task.weighted}`, program);
    }
    const { made, compiled: done } = program;
    if (made && made.x === x && made.version === this.version && (!t || (made.t === t && made.weights === weights))) return program;
    done.at(program.x).set(x);
    done.at(program.rows)[0] = weights ? weights.reduce((sum, one) => sum + one, 0) : count;
    if (program.weights !== null) done.at(program.weights).set(weights ?? new Float64Array(count).fill(1));
    if (t) done.at(program.t).set(t);
    done.run();
    program.made = { x, t, weights, version: this.version };
    return program;
  }

  /** The mean loss of all rows, as a prediction. */
  loss(rows = this.rows): number {
    const program = this.predict(rows.x, rows.t, rows.weights);
    return program.compiled.at(program.loss)[0]!;
  }

  /** Change a number by hand. */
  set(path: string, place: number, value: number): void {
    this.numbers.get(path)![place] = value;
    this.version++;
  }

  /** Exchange the rows; the order of rows depends on their number. */
  setRows(rows: Rows): void {
    this.rows = rows;
    this.version++;
    this.orders.clear();
  }

  snapshot(): Snapshot {
    return { step: this.step, numbers: [...this.numbers.values()].map((one) => one.slice()), patience: this.patience?.state ?? [] };
  }
  restore({ step, numbers, patience }: Snapshot): void {
    this.step = step;
    if (this.patience) this.patience.state = patience;
    this.version++;
    [...this.numbers.values()].forEach((one, place) => one.set(numbers[place]!));
  }

  private programOf(count: number, whole: boolean, isOther: boolean, rule: string): StepProgram {
    const key = `${count} ${whole} ${isOther} ${rule} ${this.task.weighted}`;
    let program = this.programs.get(key);
    if (!program) {
      const { inputs, outputs } = this.rows;
      const graph = stepGraph(this.definitions, { ...this.task, rule }, count, inputs, outputs);
      const wanted = [graph.loss, graph.x, graph.t, graph.rows, graph.rate, ...(graph.weights === null ? [] : [graph.weights]),
        ...(graph.penalty === null ? [] : [graph.penalty]),
        ...graph.parameters.map((one) => one.next), ...graph.memories.map((one) => one.next),
        ...(whole ? graph.arrays.map((one) => one.node) : [])];
      program = { ...graph, compiled: compiled(graph.graph, wanted, this.bound(graph)) };
      this.programs.set(key, program);
    }
    return program;
  }

  private bound(graph: StepGraph): Map<number, Float64Array> {
    const fixed = graph.feedback.map(({ path, shape, node }): [number, Float64Array] => [node, this.matrix(path, shape)]);
    return new Map([...fixed, ...[...graph.parameters, ...graph.memories].map(({ path, node }): [number, Float64Array] => [node, this.numbers.get(path)!])]);
  }

  /** A fixed matrix that the error is sent back through: drawn as weights are, from a stream of its own. */
  private matrix(path: string, shape: number[]): Float64Array {
    let found = this.matrices.get(path);
    if (found?.length !== sizeOf(shape)) found = undefined; // of another rule
    if (!found) {
      const place = this.parameters.filter((one) => one.shape.length === 2).findIndex((one) => path.startsWith(one.path.slice(0, -1)));
      const given = this.training.feedback?.[path];
      const drawn = new Drawn(this.definitions, this.noise.child(FEEDBACK).child(place));
      found = given ? Float64Array.from(given) : drawn.numbers({ shape, start: null, initializer: "GlorotUniform" });
      this.matrices.set(path, found);
    }
    return found;
  }

  private order(epoch: number): Int32Array {
    let order = this.orders.get(epoch);
    if (!order) {
      if (this.orders.size > 8) this.orders.clear();
      this.orders.set(epoch, (order = this.noise.child(ORDERS).child(epoch).order(this.rows.count)));
    }
    return order;
  }
}

/** First parameters: filled, or drawn by the initializer from one stream after another. */
class Drawn {
  private count = 0;

  constructor(
    private readonly definitions: Definitions,
    private readonly noise: Noise,
  ) {}

  numbers({ shape, start, initializer }: Pick<Parameter, "shape" | "start" | "initializer">): Float64Array {
    const size = sizeOf(shape);
    if (start !== null) return new Float64Array(size).fill(start);
    const u = this.noise.child(this.count++).uniform(size);
    const program = this.definitions.initializers[initializer]?.programs[0];
    if (!program) throw new Error(`the page has no definition of the initializer ${initializer}`);
    const graph = new Graph();
    const drawn = graph.give(shape);
    const given: Record<string, number> = {
      u: drawn, inputs: graph.constant(shape[0]!), outputs: graph.constant(shape[1]!),
    };
    const instance = new Instance(graph, program, { settings: {}, size: () => 0, node: (name) => given[name]! });
    const node = instance.result("W");
    const done = compiled(graph, [node], new Map([[drawn, u]]));
    done.run();
    return done.at(node).slice();
  }
}
