// One sentence when something is wrong with a training, and what to try. Each threshold and its source stands
// in docs/learn.md.

import { shown } from "../numbers";
import type { LayerDefinition } from "./engine/definitions";
import { Graph } from "./engine/graph";
import { Instance, chosen } from "./engine/instance";
import { compiled } from "./engine/compile";
import type { Lab } from "./lab";
import { parted } from "./names";

/** A loss that has grown by this factor from its lowest point is told, if by this part of the first loss too. */
const [GROWN, SLACK] = [1.5, 0.05];
/** So many of the last points of the curve are looked at for a loss that jumps up and down. */
const [LAST, JUMPS] = [20, 5];
/** The held-out loss has turned if it is this much above its lowest while the other still falls. */
const TURNED = 1.15;
/** Points of the curve before anything but divergence is told. */
const FEWEST = 20;
/** Weights that differ by less are equal. */
const EQUAL = 1e-9;
/** An activation through which less than this part of the most possible error passes is saturated. */
const PASSES = 0.05;
/** A loss that has fallen by less than this part over the last half of the curve is stuck. */
const STUCK = 0.1;
/** Dead units are told where they are this part of their layer. */
const MANY_DEAD = 0.25;
/** The step of the difference that measures curvature, as a part of the weights' length. */
const DIFFERENCE = 1e-4;
/** The largest slopes of the activations that saturate. */
const STEEPEST: Record<string, number> = { Sigmoid: 0.25, Tanh: 1 };

/** The checks in the order of what they cause: the first that finds something speaks. */
const CHECKS = [alike, outOfReach, overshoots, deadUnits, saturated, overfits];

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
    const same = numbers.every((value, place) => Math.abs(value - numbers[place - (place % columns)]!) < EQUAL);
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
  const recent = curve.slice(-LAST);
  const jumps = recent.filter((one, at) => at && one.loss - recent[at - 1]!.loss > SLACK * first.loss).length;
  const isGrown = last.loss > GROWN * lowest.loss && last.loss - lowest.loss > SLACK * first.loss;
  if (!isGrown && jumps < JUMPS) return "";
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

/** Units that give 0 for every row: no error passes them. */
function deadUnits(lab: Lab): string {
  if (lab.curve.length < FEWEST) return "";
  const relus = layersOf(lab, (kind) => kind === "ReLU");
  if (!relus.length) return "";
  const program = lab.trainer.predict(lab.rows.x);
  for (const [path] of relus) {
    const node = program.arrays.find((one) => one.path === `${path}.y`)!.node;
    const values = program.compiled.at(node);
    const units = program.compiled.shapes[node]![1]!;
    const dead = Array.from({ length: units }, (_, unit) => unit)
      .filter((unit) => values.every((value, place) => place % units !== unit || value === 0));
    if (dead.length >= MANY_DEAD * units) {
      return `${dead.length === 1 ? "Unit" : "Units"} ${dead.join(", ")} of ${path} ${dead.length === 1 ? "is" : "are"} dead: 0 for every row, so no error passes. LeakyReLU, or a smaller η from the start, avoids it.`;
    }
  }
  return "";
}

/** A layer on the flat ends of its activation: hardly any error passes, and the loss does not fall. */
function saturated(lab: Lab): string {
  const { curve } = lab;
  if (curve.length < FEWEST) return "";
  const [half, last] = [curve[Math.floor(curve.length / 2)]!, curve[curve.length - 1]!];
  if (last.loss < (1 - STUCK) * half.loss || last.loss < STUCK * curve[0]!.loss) return "";
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
    if (passed < PASSES) {
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

function overfits({ curve }: Lab): string {
  const held = curve.filter((one) => one.held !== null);
  if (held.length < FEWEST) return "";
  const last = curve[curve.length - 1]!;
  const best = held.reduce((a, b) => (b.held! < a.held! ? b : a));
  const worse = last.held! - best.held!;
  if (last.held! <= TURNED * best.held! || worse <= SLACK * curve[0]!.loss || last.loss >= best.loss) return "";
  return `Overfitting since step ${best.step}: the rows held out were better then (${near(best.held!)}, now ${near(last.held!)}).`;
}

const near = (value: number) => value.toPrecision(3);
