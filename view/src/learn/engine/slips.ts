// The known slips of a step: the step composed again with one definition wrong, in the same graph, so that a
// slip is the nodes that quantities are instead. No slip's formula is written here.

import type { Slip, Slips } from "../../payload";
import { bytesOf } from "../../payload";
import type { StepGraph } from "./compose";
import { Composer, NotHere, stepGraph } from "./compose";
import type { Definitions, KnownSlips, NetworkSpec, SlipDefinition, TaskSpec } from "./definitions";

/** Unpack what the page has of them; null where the browser cannot. */
export async function unpackedSlips(packed: string): Promise<KnownSlips | null> {
  if (typeof DecompressionStream === "undefined") return null;
  const stream = new Blob([bytesOf(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as KnownSlips;
}

/** What a reader is not asked for: a change, and the parts of it. */
const APART = /\.(change|part\..*)$/;

/** A task with a slip in it. */
interface WrongTask {
  slip: SlipDefinition;
  /** Where it is: " in dense2", or "" for everywhere. */
  where: string;
  task: TaskSpec;
}

/** The known slips of a step of so many rows, as changes of its graph. */
export function slipsOf(
  definitions: Definitions, known: KnownSlips, task: TaskSpec, step: StepGraph, rows: number, inputs: number, outputs: number,
): Slips {
  const graph = step.graph.copy();
  const count = graph.nodes.length;
  const own = nodesOf(step);
  const slips: Slip[] = [];
  for (const { slip, where, task: wrong } of wrongTasks(known, task)) {
    const other = composed(() => stepGraph(definitions, wrong, rows, inputs, outputs, new Composer(definitions, rows, false, graph, own)));
    if (!other) continue;
    const changed = [...nodesOf(other)].filter(([path, node]) => !APART.test(path) && own.has(path) && own.get(path) !== node);
    if (changed.length) slips.push({ name: slip.name.replace("{}", where), sentence: slip.sentence, changed: [], after: Object.fromEntries(changed) });
  }
  return { nodes: graph.nodes.slice(count), slips, pairs: [], conventions: [], whole: {}, products: [], factors: [] };
}

function composed(make: () => StepGraph): StepGraph | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof NotHere) return null;
    throw error;
  }
}

function nodesOf({ arrays, aliases }: StepGraph): Map<string, number> {
  const nodes = new Map(arrays.map(({ path, node }) => [path, node]));
  for (const [path, first] of Object.entries(aliases)) nodes.set(path, nodes.get(first)!);
  return nodes;
}

/** The optimizer's slips first, as in clearprop/explaining/work/slips: then the loss's, then those of layers. */
function* wrongTasks(known: KnownSlips, task: TaskSpec): Generator<WrongTask> {
  const { network, loss, optimizer } = task;
  for (const slip of known.optimizers[optimizer.kind] ?? []) yield { slip, where: "", task: { ...task, optimizer: { ...optimizer, slip } } };
  for (const slip of known.losses[loss.kind] ?? []) yield { slip, where: "", task: { ...task, loss: { ...loss, slip } } };
  const layers = leavesOf(network, "");
  for (const kind of new Set(layers.map((one) => one.spec.kind))) {
    const all = layers.filter((one) => one.spec.kind === kind).map((one) => one.path);
    for (const slip of known.layers[kind] ?? []) {
      const places = slip.later ? all.filter((path) => path !== layers[0]!.path) : all;
      const put = (at: string[]) => ({ ...task, network: withSlip(network, "", slip, new Set(at)) });
      if (places.length > 1 && !slip.each) yield { slip, where: "", task: put(places) };
      for (const path of places) yield { slip, where: ` in ${path}`, task: put([path]) };
    }
  }
}

const joined = (path: string, name: string) => (path ? `${path}.${name}` : name);

/** The layers of a network that hold no others, with their paths. */
export function leavesOf(spec: NetworkSpec, path: string): { path: string; spec: NetworkSpec }[] {
  return spec.children ? Object.entries(spec.children).flatMap(([name, child]) => leavesOf(child, joined(path, name))) : [{ path, spec }];
}

function withSlip(spec: NetworkSpec, path: string, slip: SlipDefinition, at: Set<string>): NetworkSpec {
  if (!spec.children) return at.has(path) ? { ...spec, slip } : spec;
  const children = Object.entries(spec.children).map(([name, child]) => [name, withSlip(child, joined(path, name), slip, at)]);
  return { ...spec, children: Object.fromEntries(children) };
}
