// One training step as one graph, composed of definitions: forward, loss, backward, update. Each array has
// the path that clearprop/explaining/record.py gives it: dense1.W, tanh1.y, dense2.dW.

import type { Phase } from "../../payload";
import type { Definitions, NetworkSpec, Program, RuleDefinition, Settings, SlipDefinition, TaskSpec } from "./definitions";
import { ruleOf } from "./definitions";
import { Graph } from "./graph";
import type { Surroundings } from "./instance";
import { Instance, slipped } from "./instance";
import { penaltyOf, update } from "./update";

export interface NamedArray {
  path: string;
  node: number;
  phase: Phase;
  layer: string;
}

/** A parameter: its node, that of its gradient, and that of its value after the step. */
export interface Parameter {
  path: string;
  shape: number[];
  penalised: boolean;
  /** The number that it starts filled with; null where it is drawn. */
  start: number | null;
  initializer: string;
  node: number;
  gradient: number;
  next: number;
}

/** What an optimizer or a layer remembers between steps. */
export interface Memory {
  path: string;
  shape: number[];
  start: number;
  node: number;
  next: number;
}

/** A dropout mask: `labels` lead from the step's noise to its own stream. */
export interface Mask {
  path: string;
  node: number;
  rate: number;
  labels: number[];
}

/** A fixed matrix that a rule sends the error back through. */
export interface Feedback {
  path: string;
  shape: number[];
  node: number;
}

export interface StepGraph {
  graph: Graph;
  arrays: NamedArray[];
  parameters: Parameter[];
  memories: Memory[];
  masks: Mask[];
  feedback: Feedback[];
  aliases: Record<string, string>;
  x: number;
  t: number;
  /** The weights of the rows; null where all count the same. */
  weights: number | null;
  rows: number;
  rate: number;
  /** The mean loss, and the penalty where there is one. */
  loss: number;
  penalty: number | null;
  prediction: number;
}

/** A slip that the network cannot have. */
export class NotHere extends Error {}

export class Composer {
  readonly arrays: NamedArray[] = [];
  readonly parameters: Parameter[] = [];
  readonly memories: Memory[] = [];
  readonly masks: Mask[] = [];
  readonly feedback: Feedback[] = [];
  /** How the error is sent back; null for the layers' own pullbacks. */
  rule: RuleDefinition | null = null;
  private arrived = { error: -1, output: -1 };
  /** Second names of arrays, and their first. */
  readonly aliases: Record<string, string> = {};
  private readonly named = new Map<number, string>();
  private readonly used = new Map<string, Instance>();
  /** The gradient at the output of each layer, once it is known. */
  private readonly gradients = new Map<string, number>();

  constructor(
    private readonly definitions: Definitions,
    private readonly rows: number,
    private readonly predicts: boolean,
    readonly graph = new Graph(),
    /** The given nodes of the graph by path, where it has some. */
    private readonly held = new Map<string, number>(),
  ) {}

  /** Name a node, unless it is a constant; one that has a name gets a second one. */
  name(path: string, node: number, phase: Phase, layer = ""): void {
    if (this.graph.nodes[node]!.op === "constant") return;
    const known = this.named.get(node);
    if (known !== undefined) {
      if (known !== path) this.aliases[path] = known;
      return;
    }
    this.named.set(node, path);
    this.arrays.push({ path, node, phase, layer });
  }

  /** A given array with a name. */
  give(path: string, shape: number[], layer = ""): number {
    const node = this.held.get(path) ?? this.graph.give(shape);
    this.name(path, node, "given", layer);
    return node;
  }

  /** The output of a network, and its width. */
  forward(spec: NetworkSpec, path: string, x: number, width: number, labels: number[]): [number, number] {
    const inside = (name: string) => (path ? `${path}.${name}` : name);
    const children = Object.entries(spec.children ?? {});
    if (spec.kind === "Chain") {
      children.forEach(([name, child], place) => {
        [x, width] = this.forward(child, inside(name), x, width, [...labels, place]);
      });
      return [x, width];
    }
    if (spec.kind === "Residual") {
      const [name, child] = children[0]!;
      const given = new Map<string, () => number>([["x", () => x]]);
      const shortcut = this.instance(this.definitions.residual.programs, {}, given);
      this.used.set(path, shortcut);
      const [y] = this.forward(child, inside(name), shortcut.result("inner.x"), width, [...labels, 0]);
      given.set("inner.y", () => y);
      given.set("inner.dx", () => this.backward(child, inside(name), shortcut.result("inner.dy")));
      given.set("dy", () => this.needed(path));
      const out = shortcut.result("y");
      this.name(`${path}.y`, out, "forward", path);
      return [out, width];
    }
    return this.layer(spec, path, x, width, labels);
  }

  /** The gradient at the input of a network, given that at its output. */
  backward(spec: NetworkSpec, path: string, dy: number): number {
    const inside = (name: string) => (path ? `${path}.${name}` : name);
    const children = Object.entries(spec.children ?? {});
    if (spec.kind === "Chain") {
      children.reverse().forEach(([name, child], place) => {
        // The raw error is what arrives at the activations after a dense layer.
        if (place === 0 || children[place - 1]![1].kind === "Dense") this.arrived.error = dy;
        dy = this.backward(child, inside(name), dy);
      });
      return dy;
    }
    this.gradients.set(path, dy);
    this.name(`${path}.dy`, dy, "backward", path);
    if (spec.kind === "Residual") {
      const dx = this.used.get(path)!.result("dx");
      this.name(`${path}.dx`, dx, "backward", path);
      return dx;
    }
    const instance = this.used.get(path)!;
    for (const parameter of this.parameters.filter((one) => one.path.startsWith(`${path}.`))) {
      const name = parameter.path.slice(path.length + 1);
      parameter.gradient = instance.result(`d${name}`);
      this.name(`${path}.d${name}`, parameter.gradient, "backward", path);
    }
    return this.rule && spec.kind === "Dense" ? this.sentBack(this.rule, spec, path, dy) : instance.result("dx");
  }

  /** The error at the input of a dense layer by another rule than the layer's pullback. */
  private sentBack({ settings, programs, feedback }: RuleDefinition, spec: NetworkSpec, path: string, delta: number): number {
    if (this.arrived.output < 0) this.arrived.output = delta;
    const W = this.parameters.find((one) => one.path === `${path}.W`)!;
    const { error, output } = this.arrived;
    const given = new Map([["error", () => error], ["delta", () => delta], ["output_delta", () => output], ["W", () => W.node]]);
    if (feedback) {
      const outputs = this.parameters.filter((one) => one.shape.length === 2).at(-1)!.shape[1]!;
      const sizes: Record<string, number> = { ...spec.sizes, "network outputs": outputs };
      const shape = feedback.map((name) => sizes[name]!);
      const node = this.give(`${path}.B`, shape, path);
      this.feedback.push({ path: `${path}.B`, shape, node });
      given.set("B", () => node);
    }
    return this.instance(programs, settings, given, (_, axis) => W.shape[axis]!).result("dx");
  }

  /** A definition in use, with what it is given by name. */
  instance<P extends Program>(
    programs: P[], settings: Settings, given: Map<string, () => number>, size: Surroundings["size"] = noSize, slip?: SlipDefinition,
  ): Instance<P> {
    const node = (name: string) => {
      const made = given.get(name);
      if (!made) throw new Error(`the definition is not given ${name}`);
      return made();
    };
    const program = slipped(programs, slip, { settings, size });
    if (!program) throw new NotHere();
    return new Instance(this.graph, program, { settings, size, node });
  }

  private layer(spec: NetworkSpec, path: string, x: number, width: number, labels: number[]): [number, number] {
    const definition = this.definitions.layers[spec.kind];
    if (!definition) throw new Error(`the page has no definition of the layer ${spec.kind}`);
    const sizes: Record<string, number> = { width, ...spec.sizes };
    const given = new Map<string, () => number>([["x", () => x], ["dy", () => this.needed(path)]]);
    const programs = (this.predicts && definition.predicting) || definition.training;
    const settings = { ...definition.settings, ...spec.settings };
    const size = (name: string, axis: number) => {
      if (name !== "x" && name !== "dy") throw new Error(`the size of ${name} is not known`);
      return axis === 0 ? this.rows : name === "x" ? width : spec.sizes?.["outputs"] ?? width;
    };
    const instance = this.instance(programs, settings, given, size, spec.slip);
    const takes = new Set(instance.program.nodes.map((node) => node.name));
    for (const [name, shape] of Object.entries(definition.params)) {
      if (!takes.has(name)) continue;
      const parameter = this.parameter(`${path}.${name}`, shape.map((one) => sizes[one]!), path);
      parameter.penalised = definition.penalised.includes(name);
      parameter.start = definition.start[name] ?? null;
      parameter.initializer = spec.start ?? "GlorotUniform";
      given.set(name, () => parameter.node);
    }
    const remembered: [Memory, string][] = [];
    for (const [name, start] of Object.entries(definition.state ?? {})) {
      if (!takes.has(`state.${name}`)) continue;
      const node = this.give(`${path}.${name}.running`, [width], path);
      const memory = { path: `${path}.${name}`, shape: [width], start, node, next: node };
      this.memories.push(memory);
      given.set(`state.${name}`, () => node);
      if (instance.has(`state.${name}`)) remembered.push([memory, name]);
    }
    if (takes.has("mask")) {
      const node = this.give(`${path}.mask`, [this.rows, width], path);
      given.set("mask", () => node);
      this.masks.push({ path, node, rate: this.graph.constantAt(instance.result("rate"))!, labels });
    }
    this.used.set(path, instance);
    for (const [memory, name] of remembered) memory.next = instance.result(`state.${name}`);
    const y = instance.result("y");
    for (const name of instance.named("saved.")) this.name(`${path}.${name}`, instance.result(`saved.${name}`), "forward", path);
    this.name(`${path}.y`, y, "forward", path);
    return [y, spec.sizes?.["outputs"] ?? width];
  }

  private parameter(path: string, shape: number[], layer: string): Parameter {
    const node = this.give(path, shape, layer);
    const parameter = { path, shape, penalised: false, start: null, initializer: "", node, gradient: node, next: node };
    this.parameters.push(parameter);
    return parameter;
  }

  private needed(path: string): number {
    const node = this.gradients.get(path);
    if (node === undefined) throw new Error(`the gradient at ${path} is not known yet`);
    return node;
  }
}

export const noSize = (name: string): number => {
  throw new Error(`the size of ${name} is not known`);
};

/** One training step of so many rows as one graph. */
export function stepGraph(
  definitions: Definitions, task: TaskSpec, rows: number, inputs: number, outputs: number, composer = new Composer(definitions, rows, false),
): StepGraph {
  const { graph } = composer;
  const x = composer.give("x", [rows, inputs]);
  const t = composer.give("t", [rows, outputs]);
  const total = composer.give("N", []);
  const [o] = composer.forward(task.network, "", x, inputs, []);
  composer.name("o", o, "forward");
  const weights = task.weighted ? composer.give("weights", [rows]) : null;
  const loss = lossOf(composer, definitions, task, { o, t, total, weights }, rows, outputs);
  const penalty = penaltyOf(composer, definitions, task, total);
  composer.rule = ruleOf(definitions, task);
  const dx = composer.backward(task.network, "", loss.dy);
  const first = firstLayer(task.network);
  composer.name(`${first}.dx`, dx, "backward", first);
  const rate = composer.give("rate", []);
  update(composer, definitions, task, rate, penalty);
  return {
    graph, arrays: composer.arrays, parameters: composer.parameters, memories: composer.memories,
    masks: composer.masks, feedback: composer.feedback, aliases: composer.aliases, x, t, weights, rows: total, rate, loss: loss.value,
    prediction: loss.prediction, penalty: penalty?.value ?? null,
  };
}

/** The path of the layer that the inputs enter. */
function firstLayer({ kind, children }: NetworkSpec): string {
  const entries = kind === "Chain" ? Object.entries(children!) : [];
  if (!entries.length) return "";
  const [name, child] = entries[0]!;
  const inside = firstLayer(child);
  return inside ? `${name}.${inside}` : name;
}

/** Prediction alone, with the output of every layer. */
export function predictionGraph(definitions: Definitions, task: TaskSpec, rows: number, inputs: number, outputs: number): StepGraph {
  const composer = new Composer(definitions, rows, true);
  const x = composer.give("x", [rows, inputs]);
  const t = composer.give("t", [rows, outputs]);
  const total = composer.give("N", []);
  const [o] = composer.forward(task.network, "", x, inputs, []);
  composer.name("o", o, "forward");
  const weights = task.weighted ? composer.give("weights", [rows]) : null;
  const loss = lossOf(composer, definitions, task, { o, t, total, weights }, rows, outputs);
  return {
    graph: composer.graph, arrays: composer.arrays, parameters: composer.parameters, memories: composer.memories,
    masks: composer.masks, feedback: [], aliases: {}, x, t, weights, rows: total, rate: total, loss: loss.value, prediction: loss.prediction, penalty: null,
  };
}

function lossOf(
  composer: Composer, definitions: Definitions, task: TaskSpec, of: { o: number; t: number; total: number; weights: number | null }, rows: number, outputs: number,
) {
  const definition = definitions.losses[task.loss.kind];
  if (!definition) throw new Error(`the page has no definition of the loss ${task.loss.kind}`);
  const given = new Map([["o", () => of.o], ["t", () => of.t], ["N", () => of.total], ["weights", () => of.weights!]]);
  if (task.weighted && task.loss.slip) throw new NotHere(); // slips are those of the loss without weights
  const size = (_: string, axis: number) => (axis === 0 ? rows : outputs);
  const settings = { ...definition.settings, ...task.loss.settings };
  const instance = composer.instance(task.weighted ? definition.weighted : definition.programs, settings, given, size, task.loss.slip);
  const prediction = instance.result("p");
  composer.name("p", prediction, "loss");
  composer.name("row_loss", instance.result("row_loss"), "loss");
  const value = instance.result("E");
  composer.name("E", value, "loss");
  return { prediction, value, dy: instance.result("dy") };
}
