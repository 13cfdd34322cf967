// How gradients become a step: penalty, clipping, the optimizer and weight decay, and the parts of each change.

import type { Composer, Memory, Parameter } from "./compose";
import { NotHere, noSize } from "./compose";
import type { Definitions, TaskSpec } from "./definitions";
import type { Instance } from "./instance";
import { slipped } from "./instance";

interface Penalty {
  value: number;
  of(parameter: Parameter): Instance;
}

export function penaltyOf(composer: Composer, definitions: Definitions, task: TaskSpec, total: number): Penalty | null {
  const weights = composer.parameters.filter((one) => one.penalised).map((one) => one.node);
  if (!task.l2 || !weights.length) return null;
  const settings = { ...definitions.penalty.settings, strength: task.l2, per_row: task.l2_per_row ?? false };
  const packed = () => composer.graph.apply("pack", weights);
  const all = new Map([["weights", packed], ["N", () => total]]);
  const value = composer.instance(definitions.penalty.programs, settings, all).result("penalty");
  composer.name("penalty", value, "loss");
  return {
    value,
    of: (parameter) => composer.instance(definitions.penalty.programs, settings, new Map([
      ["params", () => parameter.node], ["g", () => parameter.gradient], ["N", () => total],
    ])),
  };
}

export function update(composer: Composer, definitions: Definitions, task: TaskSpec, rate: number, penalty: Penalty | null): void {
  const { optimizer } = task;
  const definition = definitions.optimizers[optimizer.kind];
  if (!definition) throw new Error(`the page has no definition of the optimizer ${optimizer.kind}`);
  const settings = { ...definition.settings, ...optimizer.settings };
  const program = slipped(definition.programs, optimizer.slip, { settings, size: noSize });
  if (!program) throw new NotHere();
  const counters = new Map(program.counters.map((name): [string, Memory] => {
    const node = composer.give(`state.${name}.before`, []);
    return [name, { path: `state.${name}`, shape: [], start: program.start[name]!, node, next: node }];
  }));
  const pulls = new Map(composer.parameters.map((parameter) => [parameter, pullOf(composer, penalty, parameter)]));
  if (task.clip) clip(composer, definitions, task.clip, [...pulls.values()]);
  for (const [parameter, pull] of pulls) {
    const { path } = parameter;
    const layer = layerOf(path);
    const given = new Map([["g", () => pull.node], ["params", () => parameter.node], ["rate", () => rate]]);
    const own = Object.entries(program.start).map(([name, start]): [string, Memory] => {
      const counter = counters.get(name);
      if (counter) return [name, counter];
      const node = composer.give(`${path}.${name}.before`, parameter.shape, layer);
      return [name, { path: `${path}.${name}`, shape: parameter.shape, start, node, next: node }];
    });
    for (const [name, memory] of own) given.set(`state.${name}`, () => memory.node);
    for (const [name, node] of pull.ways) given.set(`way.${name}`, () => node);
    const instance = composer.instance([program], settings, given);
    for (const [name, memory] of own) {
      memory.next = instance.result(`state.${name}`);
      composer.name(memory.path, memory.next, "update", counters.has(name) ? "" : layer);
      if (!composer.memories.includes(memory)) composer.memories.push(memory);
    }
    const decay = decayOf(composer, definitions, optimizer.decay ?? 0, parameter, rate, instance.result("params"));
    parameter.next = decay?.result("params") ?? instance.result("params");
    composer.name(`${path}.new`, parameter.next, "update", layer);
    composer.name(`${path}.change`, composer.graph.apply("subtract", [parameter.next, parameter.node]), "update", layer);
    const parts: [string, Instance][] = instance.named("part.").filter((name) => pull.ways.has(name) || !WAYS.has(name)).map((name) => [name, instance]);
    if (decay?.has("part.decay")) parts.push(["decay", decay]);
    for (const [name, from] of parts) composer.name(`${path}.part.${name}`, from.result(`part.${name}`), "update", layer);
  }
}

/** What the gradient of an optimizer may be made of. */
const WAYS = new Set(["gradient", "L2", "clipping"]);
const layerOf = (path: string) => path.slice(0, path.lastIndexOf("."));

/** What the optimizer gets for a parameter, and the summands that it is made of. */
interface Pull {
  path: string;
  node: number;
  ways: Map<string, number>;
}

/** The gradient, with that of the penalty where it acts. */
function pullOf(composer: Composer, penalty: Penalty | null, parameter: Parameter): Pull {
  const { path, gradient } = parameter;
  const ways = new Map([["gradient", gradient]]);
  if (!penalty || !parameter.penalised) return { path, node: gradient, ways };
  const layer = layerOf(path);
  const instance = penalty.of(parameter);
  ways.set("L2", instance.result("l2"));
  composer.name(`${path}.l2`, instance.result("l2"), "update", layer);
  const node = instance.result("descended");
  composer.name(`${path}.descended`, node, "update", layer);
  return { path, node, ways };
}

/** Shorten what the optimizer gets where it is longer than `norm`, over all parameters. */
function clip(composer: Composer, definitions: Definitions, norm: number, pulls: Pull[]): void {
  const { graph } = composer;
  const length = graph.apply("norm", [graph.apply("pack", pulls.map((one) => one.node))]);
  composer.name("length", length, "update");
  for (const pull of pulls) {
    const given = new Map([["length", () => length], ["g", () => pull.node]]);
    const instance = composer.instance(definitions.clipping.programs, { norm }, given);
    composer.name("clip", instance.result("clip"), "update");
    pull.ways.set("clipping", instance.result("removed"));
    pull.node = instance.result("clipped");
    composer.name(`${pull.path}.g`, pull.node, "update", layerOf(pull.path));
  }
}

function decayOf(
  composer: Composer, definitions: Definitions, decay: number, parameter: Parameter, rate: number, moved: number,
): Instance | null {
  if (!decay) return null;
  const programs = definitions.decay.programs.filter((one) => one.penalised === parameter.penalised);
  const given = new Map([["params", () => parameter.node], ["inner.params", () => moved], ["rate", () => rate]]);
  return composer.instance(programs, { decay }, given);
}
