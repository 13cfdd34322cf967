// One sentence when something is wrong with a training, and what to try. The thresholds are those of the package's
// checks of health, and come with the definitions; their sources stand in docs/health.md.

import { shown } from "../numbers";
import type { LayerDefinition } from "./engine/definitions";
import { Graph } from "./engine/graph";
import { Instance, chosen } from "./engine/instance";
import { compiled } from "./engine/compile";
import type { Lab } from "./lab";
import { parted } from "./names";

/** The step of the difference that measures curvature, as a part of the weights' length. */
const DIFFERENCE = 1e-4;
/** The largest slopes of the activations that saturate. */
const STEEPEST: Record<string, number> = { Sigmoid: 0.25, Tanh: 1 };

/** The checks in the order of what they cause: the first that finds something speaks. */
const CHECKS = [alike, outOfReach, overshoots, deadUnits, saturated, overfits];

const thresholdsOf = (lab: Lab) => lab.payload.definitions.thresholds;

export function diagnosisOf(lab: Lab): string {
  for (const check of CHECKS) {
    const said = check(lab);
    if (said) return said;
  }
  return "";
}

/** Two units with the same weights stay the same. */
function alike(lab: Lab): string {
  for (const { path, shape } of lab.trainer.parameters) {
    if (shape.length !== 2 || shape[1]! < 2 || path === lastMatrix(lab)) continue;
    const numbers = lab.trainer.numbers.get(path)!;
    const columns = shape[1]!;
    const same = numbers.every((value, place) => Math.abs(value - numbers[place - (place % columns)]!) < thresholdsOf(lab).alike);
    if (same) return `All units of ${parted(path)[0]} are alike: they get the same gradient and stay alike. Start from drawn weights.`;
  }
  return "";
}

const lastMatrix = (lab: Lab) => [...lab.trainer.parameters].reverse().find((one) => one.shape.length === 2)?.path;

/** Targets beyond what the network's last layer can give. */
function outOfReach(lab: Lab): string {
  const { network, loss } = lab.trainer.training.task;
  const last = Object.entries(network.children ?? {}).at(-1)?.[1];
  const definition = last && lab.payload.definitions.layers[last.kind];
  if (!definition || last.kind === "Dense" || lab.payload.definitions.losses[loss.kind]!.link) return "";
  const [low, high] = rangeOf(definition);
  const { t } = lab.rows;
  const [least, most] = [t.reduce((a, b) => Math.min(a, b)), t.reduce((a, b) => Math.max(a, b))];
  const name = last.kind.toLowerCase();
  if (most > high) return `A target of ${shown(most, 3)} is out of reach: the last layer, ${name}, gives at most ${shown(high, 3)}. Scale the targets, or end without it.`;
  if (least < low) return `A target of ${shown(least, 3)} is out of reach: the last layer, ${name}, gives at least ${shown(low, 3)}. Scale the targets, or end without it.`;
  return "";
}

/** The range of a layer of one number, from its definition at many places; an end that still grows is infinite. */
function rangeOf(definition: LayerDefinition): [number, number] {
  const graph = new Graph();
  const places = Float64Array.from({ length: 801 }, (_, at) => (at - 400) / 10);
  const x = graph.give([places.length, 1]);
  const around = { settings: definition.settings, size: () => 1 };
  const programs = definition.predicting ?? definition.training;
  const node = new Instance(graph, chosen(programs, around), { ...around, node: () => x }).result("y");
  const done = compiled(graph, [node], new Map([[x, places]]));
  done.run();
  const y = done.at(node);
  const [low, high] = [Math.min(...y), Math.max(...y)];
  return [low < -10 ? -Infinity : low, high > 10 ? Infinity : high];
}

/** Steps that are longer than the valley is wide: the loss has grown, or jumps. */
function overshoots(lab: Lab): string {
  const { curve } = lab;
  if (curve.length < 3) return "";
  const [first, last] = [curve[0]!, curve[curve.length - 1]!];
  const lowest = curve.reduce((best, one) => (one.loss < best.loss ? one : best));
  const { grown, slack, last: latest, jumps: many } = thresholdsOf(lab);
  const recent = curve.slice(-latest);
  const jumps = recent.filter((one, at) => at && one.loss - recent[at - 1]!.loss > slack * first.loss).length;
  const isGrown = last.loss > grown * lowest.loss && last.loss - lowest.loss > slack * first.loss;
  if (!isGrown && jumps < many) return "";
  const limit = limitOf(lab);
  if (limit !== null && lab.trainer.rate > limit) {
    return `η ${shown(lab.trainer.rate, 3)} is above 2 / curvature = ${shown(limit, 2)} along the gradient: a step lands higher than it began. Try a smaller η.`;
  }
  return isGrown ? `The loss has grown from ${near(lowest.loss)} at step ${lowest.step}: steps of this length overshoot. Try a smaller η.` : "";
}

/** The rate above which a step of plain descent overshoots; null for other optimizers, and where nothing bends. */
function limitOf(lab: Lab): number | null {
  if (lab.knobs.optimizer !== "SGD" || lab.knobs.settings["momentum"]) return null;
  const bend = curvatureOf(lab);
  return bend > 0 ? 2 / bend : null;
}

/** The curvature of the coming step's loss along its gradient, gᵀ H g / gᵀ g, from losses on that line. */
export function curvatureOf(lab: Lab): number {
  const { trainer } = lab;
  const { parameters, compiled: done } = lab.look();
  const gradients = new Map(parameters.map(({ path, gradient }) => [path, done.at(gradient).slice()]));
  const square = (all: Iterable<Float64Array>) => [...all].reduce((sum, one) => one.reduce((inner, value) => inner + value * value, sum), 0);
  const long = square(gradients.values());
  if (!long || !Number.isFinite(long)) return 0;
  const weights = square(parameters.map(({ path }) => trainer.numbers.get(path)!));
  const step = (DIFFERENCE * Math.max(1, Math.sqrt(weights))) / Math.sqrt(long);
  const [before, here, after] = trainer.lossOnLine(gradients, [-step, 0, step]) as [number, number, number];
  return (before - 2 * here + after) / (step * step * long);
}

/** Units that give 0 for nearly every row: no error passes them. */
function deadUnits(lab: Lab): string {
  const { fewest, many, seldom } = thresholdsOf(lab);
  if (lab.curve.length < fewest) return "";
  const relus = layersOf(lab, (kind) => kind === "ReLU");
  if (!relus.length) return "";
  const program = lab.trainer.predict(lab.rows.x);
  for (const [path] of relus) {
    const node = program.arrays.find((one) => one.path === `${path}.y`)!.node;
    const values = program.compiled.at(node);
    const [rows, units] = program.compiled.shapes[node]! as [number, number];
    const active = new Array<number>(units).fill(0);
    values.forEach((value, place) => { if (value !== 0) active[place % units]! += 1; });
    const dead = active.flatMap((times, unit) => (times < seldom * rows ? [unit] : []));
    if (dead.length > many * units) {
      return `${dead.length === 1 ? "Unit" : "Units"} ${dead.join(", ")} of ${path} ${dead.length === 1 ? "is" : "are"} dead: 0 for at least ${shown(100 * (1 - seldom), 3)} % of the rows, so no error passes. LeakyReLU, or a smaller η from the start, avoids it.`;
    }
  }
  return "";
}

/** A layer on the flat ends of its activation: hardly any error passes, and the loss does not fall. */
function saturated(lab: Lab): string {
  const { curve } = lab, { fewest, stuck, passes } = thresholdsOf(lab);
  if (curve.length < fewest) return "";
  const [half, last] = [curve[Math.floor(curve.length / 2)]!, curve[curve.length - 1]!];
  if (last.loss < (1 - stuck) * half.loss || last.loss < stuck * curve[0]!.loss) return "";
  const layers = layersOf(lab, (kind) => kind in STEEPEST);
  if (!layers.length) return "";
  const program = lab.trainer.look(true, Int32Array.from({ length: lab.rows.count }, (_, row) => row));
  const size = (path: string) => {
    const found = program.arrays.find((one) => one.path === path);
    return found ? program.compiled.at(found.node).reduce((sum, one) => sum + Math.abs(one), 0) : 0;
  };
  for (const [path, kind, before] of layers) {
    const arriving = size(`${path}.dy`);
    const passed = arriving ? size(`${before}.dy`) / arriving / STEEPEST[kind]! : 1;
    if (passed < passes) {
      return `${path} is saturated: ${shown(100 * passed, 2)} % of the error that could pass does, and the loss stands still. Standardise the inputs, or start from smaller weights.`;
    }
  }
  return "";
}

/** Layers of a kind in a chain: path, kind, and the path of the layer before. */
function layersOf(lab: Lab, is: (kind: string) => boolean): [string, string, string][] {
  const layers = Object.entries(lab.trainer.training.task.network.children ?? {});
  return layers.flatMap(([path, { kind }], at): [string, string, string][] => (at && is(kind) ? [[path, kind, layers[at - 1]![0]]] : []));
}

function overfits(lab: Lab): string {
  const { curve } = lab, { fewest, turned, slack } = thresholdsOf(lab);
  const held = curve.filter((one) => one.held !== null);
  if (held.length < fewest) return "";
  const last = curve[curve.length - 1]!;
  const best = held.reduce((a, b) => (b.held! < a.held! ? b : a));
  const worse = last.held! - best.held!;
  if (last.held! <= turned * best.held! || worse <= slack * curve[0]!.loss || last.loss >= best.loss) return "";
  return `Overfitting since step ${best.step}: the rows held out were better then (${near(best.held!)}, now ${near(last.held!)}).`;
}

const near = (value: number) => value.toPrecision(3);
