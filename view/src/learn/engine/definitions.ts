// The definitions of layers, losses and optimizers as data: clearprop/learning/definitions.json, made by
// clearprop/learning/exported.py. A program is a graph of primitives; `when` says which branch it is.

/** A node of a program: a primitive, a constant, or something given by its name, setting or size. */
export interface ProgramNode {
  op: string;
  args?: number[];
  value?: number | string;
  axis?: number | null;
  keepdims?: boolean;
  name?: string;
  setting?: string;
  /** The length of the given array of this name along the axis `of`. */
  size?: string;
  of?: number;
  /** A constant is its value times these: the length of an array along an axis, to a power. */
  sizes?: [string, number, number][];
}

export interface Program {
  when: [number, boolean][];
  nodes: ProgramNode[];
  results: Record<string, number>;
}

export type Settings = Record<string, number | boolean>;

export interface LayerDefinition {
  settings: Settings;
  penalised: string[];
  /** The names of the sizes of each parameter: W is (inputs, outputs). */
  params: Record<string, string[]>;
  /** The number that fills a parameter at the start; null where its numbers are drawn. */
  start: Record<string, number | null>;
  draws: "mask" | null;
  state: Record<string, number> | null;
  training: Program[];
  /** Only where prediction differs from training. */
  predicting?: Program[];
}

export interface LossDefinition {
  settings: Settings;
  formula: string;
  convention: string;
  link: string;
  programs: Program[];
  /** The same with weights of the rows. */
  weighted: Program[];
}

export interface OptimizerDefinition {
  settings: Settings;
  /** `start`: what fills each memory before the first step; `counters` are single numbers. */
  programs: (Program & { start: Record<string, number>; counters: string[] })[];
}

export interface Definitions {
  layers: Record<string, LayerDefinition>;
  residual: { programs: Program[] };
  losses: Record<string, LossDefinition>;
  optimizers: Record<string, OptimizerDefinition>;
  decay: { settings: Settings; programs: (Program & { penalised: boolean })[] };
  penalty: { settings: Settings; programs: Program[] };
  initializers: Record<string, { programs: Program[] }>;
  clipping: { settings: Settings; programs: Program[] };
  schedules: Record<string, { settings: Settings; programs: Program[] }>;
  warm_up: { settings: Settings; programs: Program[] };
  credit: Record<string, RuleDefinition>;
  /** A sentence for each part of a change. */
  parts: Record<string, string>;
  /** Those of the checks of health, by name. */
  thresholds: Record<"grown" | "slack" | "last" | "jumps" | "turned" | "fewest" | "stuck" | "alike" | "passes" | "many" | "seldom", number>;
}

/** A known slip in a definition: nodes after the first ones of one of its programs, and the results that they are. */
export interface SlipDefinition {
  /** In the name of a layer's slip {} stands for its place. */
  name: string;
  sentence: string;
  /** Whether it cannot be in the first layer. */
  later?: boolean;
  /** Whether it is told of one layer only, not of all together. */
  each?: boolean;
  of: number;
  after: number;
  nodes: ProgramNode[];
  results: Record<string, number>;
}

/** The known slips by kind: clearprop/learning/slips.json, made by clearprop/learning/known_slips.py. */
export interface KnownSlips {
  layers: Record<string, SlipDefinition[]>;
  losses: Record<string, SlipDefinition[]>;
  optimizers: Record<string, SlipDefinition[]>;
}

/** How an error is sent back through a dense layer; `feedback` names the sizes of its fixed matrix. */
export interface RuleDefinition {
  settings: Settings;
  feedback: string[] | null;
  programs: Program[];
}

/** The rule of a task; null where the error is sent back by the layers' own pullbacks. */
export function ruleOf({ credit }: Definitions, { rule = EXACT }: TaskSpec): RuleDefinition | null {
  if (rule === EXACT) return null;
  const found = credit[rule];
  if (!found) throw new Error(`the page has no definition of the rule ${rule}`);
  return found;
}

export const EXACT = "exact";

/** A schedule of the learning rate over so many epochs; `warmUp` is its first steps. */
export interface ScheduleSpec {
  kind: string;
  settings?: Settings;
  epochs: number;
  warmUp: number;
}

/** A layer with its settings and sizes, or a Chain or Residual with the layers inside it by name. */
export interface NetworkSpec {
  kind: string;
  settings?: Settings;
  sizes?: Record<string, number>;
  children?: Record<string, NetworkSpec>;
  /** How the weights start; GlorotUniform where it is not given. */
  start?: string;
  slip?: SlipDefinition;
}

export interface PartSpec {
  kind: string;
  settings?: Settings;
  slip?: SlipDefinition;
}

/** What is trained, and how. */
export interface TaskSpec {
  network: NetworkSpec;
  loss: PartSpec;
  optimizer: PartSpec & { decay?: number };
  l2?: number;
  /** Whether the rows have weights. */
  weighted?: boolean;
  /** Whether the penalty is divided by the rows of the batch. */
  l2_per_row?: boolean;
  /** The longest gradient; 0 for any length. */
  clip?: number;
  /** How the error is sent back. */
  rule?: string;
}
