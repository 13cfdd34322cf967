// What the reader can turn, and the task that it makes.

import type { NetworkSpec, ScheduleSpec, Settings, TaskSpec } from "./engine/definitions";
import { EXACT } from "./engine/definitions";
import type { DataSet, LearnPayload } from "./payload";

export interface Knobs {
  data: string;
  /** The units of the hidden layers; null for the network that came with the data. */
  hidden: number[] | null;
  activation: string;
  loss: string;
  optimizer: string;
  /** Settings of the optimizer that are not its own defaults. */
  settings: Settings;
  decay: number;
  rate: number;
  /** The schedule of the rate, its settings, the epochs it is planned for, the steps it rises first. */
  schedule: string;
  scheduled: Settings;
  epochs: number;
  warmUp: number;
  /** The longest gradient; 0 for any length. */
  clip: number;
  /** How the error is sent back. */
  rule: string;
  batch: number;
  noise: number;
  /** Whether inputs are standardised: less their mean, divided by their standard deviation. */
  scaling: boolean;
  l2: number;
  dropout: number;
  start: string;
  seed: number;
}

export const CONSTANT = "Constant";
export const MOST_UNITS = 64;
export const MOST_LAYERS = 5;

/** The layers that are functions of one number. */
export function activations({ definitions }: LearnPayload): string[] {
  return Object.keys(definitions.layers).filter((name) => !NOT_ACTIVATIONS.has(name));
}
const NOT_ACTIVATIONS = new Set(["Dense", "Dropout", "LayerNorm", "BatchNorm"]);

export function dataOf(payload: LearnPayload, name: string): DataSet {
  return payload.datasets.find((one) => one.name === name) ?? payload.datasets[0]!;
}

/** The knobs that the page opens with. */
export function firstKnobs(payload: LearnPayload): Knobs {
  const { task, training } = payload;
  const data = payload.datasets[0]!;
  const hidden = plainWidths(task.network);
  return {
    data: data.name,
    hidden: hidden?.widths ?? null,
    activation: hidden?.activation ?? "Tanh",
    loss: task.loss.kind,
    optimizer: task.optimizer.kind,
    settings: without(task.optimizer.settings ?? {}, "learning_rate"),
    decay: task.optimizer.decay ?? 0,
    rate: training.rate,
    schedule: CONSTANT,
    scheduled: {},
    epochs: 20,
    warmUp: 0,
    clip: 0,
    rule: EXACT,
    batch: training.batch,
    noise: data.level,
    scaling: false,
    l2: task.l2 ?? 0,
    dropout: 0,
    start: "GlorotUniform",
    seed: training.seed,
  };
}

/** The knobs for another data set, with what suits it. */
export function knobsFor(knobs: Knobs, data: DataSet): Knobs {
  const own = data.task;
  if (!own) return { ...knobs, data: data.name, noise: data.level, scaling: false };
  const { hidden, activation, loss, optimizer, rate } = own;
  const settings = optimizer === knobs.optimizer ? knobs.settings : {};
  return { ...knobs, data: data.name, noise: data.level, scaling: own.scaling ?? false, hidden, activation, loss, optimizer, settings, rate };
}

/** The widths of a chain of dense layers with one kind of activation between them; null for others. */
export function plainWidths(network: NetworkSpec): { widths: number[]; activation: string } | null {
  const layers = Object.values(network.children ?? {});
  const widths: number[] = [];
  let activation = "";
  for (let place = 0; place < layers.length; place++) {
    const layer = layers[place]!;
    if (layer.kind !== "Dense" || layer.settings?.["bias"] === false) return null;
    if (place === layers.length - 1) return { widths, activation: activation || "Tanh" };
    const next = layers[++place]!;
    if (NOT_ACTIVATIONS.has(next.kind) || next.children || (activation && next.kind !== activation)) return null;
    activation = next.kind;
    widths.push(layer.sizes!["outputs"]!);
  }
  return null;
}

/** The network of the knobs. */
export function networkOf(knobs: Knobs, inputs: number, outputs: number): NetworkSpec {
  const children: Record<string, NetworkSpec> = {};
  const counts: Record<string, number> = {};
  const add = (spec: NetworkSpec) => {
    const kind = spec.kind.toLowerCase();
    counts[kind] = (counts[kind] ?? 0) + 1;
    children[`${kind}${counts[kind]}`] = spec;
  };
  let width = inputs;
  for (const units of knobs.hidden ?? []) {
    add({ kind: "Dense", settings: { bias: true }, sizes: { inputs: width, outputs: units }, start: knobs.start });
    add({ kind: knobs.activation });
    if (knobs.dropout) add({ kind: "Dropout", settings: { rate: knobs.dropout } });
    width = units;
  }
  add({ kind: "Dense", settings: { bias: true }, sizes: { inputs: width, outputs }, start: knobs.start });
  return { kind: "Chain", children };
}

/** Whether the error could be sent back through a network in other ways: dense layers and activations only. */
export function hasRules({ kind, children }: NetworkSpec): boolean {
  const layers = Object.values(children ?? {});
  return kind === "Chain" && layers.filter((one) => one.kind === "Dense").length > 1
    && layers.every((one) => !one.children && (one.kind === "Dense" || !NOT_ACTIVATIONS.has(one.kind)));
}

/** The schedule of the learning rate; none where it stays the same. */
export function scheduleOf({ schedule, scheduled, epochs, warmUp }: Knobs): { schedule?: ScheduleSpec } {
  return schedule === CONSTANT && !warmUp ? {} : { schedule: { kind: schedule, settings: scheduled, epochs, warmUp } };
}

/** What the knobs train, and how. */
export function taskOf(payload: LearnPayload, knobs: Knobs): TaskSpec {
  const data = dataOf(payload, knobs.data);
  const own = payload.task;
  const isOwnLoss = knobs.loss === own.loss.kind;
  const network = knobs.hidden === null ? own.network : networkOf(knobs, data.inputs.length, data.outputs.length);
  return {
    network,
    rule: hasRules(network) ? knobs.rule : EXACT,
    clip: knobs.clip,
    loss: isOwnLoss ? own.loss : { kind: knobs.loss },
    optimizer: { kind: knobs.optimizer, settings: knobs.settings, decay: knobs.decay },
    l2: knobs.l2,
    l2_per_row: own.l2_per_row ?? false,
  };
}

/** The first parameters that came with the page, where the knobs have not changed what they are for. */
export function startOf(payload: LearnPayload, knobs: Knobs): Record<string, number[]> | undefined {
  const first = firstKnobs(payload);
  const same = knobs.seed === first.seed && knobs.start === first.start && knobs.data === first.data && !knobs.dropout
    && JSON.stringify(knobs.hidden) === JSON.stringify(first.hidden);
  return same ? payload.start : undefined;
}

/** The losses that suit a data set. */
export function lossesFor(payload: LearnPayload, data: DataSet): string[] {
  const suited = data.kind === "classes" ? ["CrossEntropy", "BinaryCrossEntropy", "SquaredError"]
    : ["SquaredError", "AbsoluteError", "Huber", "Quantile"];
  const known = suited.filter((name) => name in payload.definitions.losses);
  return known.includes(payload.task.loss.kind) || data.task ? known : [payload.task.loss.kind, ...known];
}

/** The network in a line: 2 → 4 tanh → 2 softmax. */
export function titleOf(payload: LearnPayload, task: TaskSpec): string {
  const words = wordsOf(task.network);
  const link = payload.definitions.losses[task.loss.kind]?.link;
  return [...words, ...(link ? [link] : [])].join(" ");
}

function wordsOf({ kind, sizes, settings, children }: NetworkSpec): string[] {
  if (kind === "Chain") {
    return Object.values(children!).reduce<string[]>((words, child) => {
      const more = wordsOf(child);
      return [...words, ...(words.length && child.kind === "Dense" ? more.slice(1) : more)];
    }, []);
  }
  if (kind === "Dense") return [String(sizes!["inputs"]), "→", String(sizes!["outputs"])];
  if (kind === "Residual") return [`+ (${wordsOf(Object.values(children!)[0]!).join(" ")})`];
  if (kind === "Dropout") return [`dropout ${settings?.["rate"] ?? ""}`];
  return [kind.toLowerCase()];
}

/** What differs between two settings of the knobs, in words. */
export function differences(before: Knobs, after: Knobs): string[] {
  const words: Partial<Record<keyof Knobs, string>> = { rate: "η", hidden: "hidden units", scaling: "inputs standardised", start: "first weights", settings: "optimizer settings", scheduled: "schedule settings", epochs: "epochs planned", warmUp: "warm-up", clip: "longest gradient",
    rule: "error sent back" };
  return (Object.keys(after) as (keyof Knobs)[])
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => `${words[key] ?? key} ${said(before[key])} → ${said(after[key])}`);
}

function said(value: Knobs[keyof Knobs]): string {
  if (value === null) return "as given";
  if (Array.isArray(value)) return value.length ? value.join("-") : "none";
  if (typeof value === "object") return Object.entries(value).map(([name, one]) => `${name} ${one}`).join(", ") || "default";
  return String(value);
}

function without(settings: Settings, name: string): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name));
}
