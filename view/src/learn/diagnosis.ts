// One sentence when something is wrong with a training, and what to try.

import type { Lab } from "./lab";

/** A loss that has grown by this factor from its lowest point is told. */
const GROWN = 1.5;
/** A loss that differs from its lowest by less than this part of the first loss has not grown. */
const SLACK = 0.05;
/** The held-out loss has turned if it is this much above its lowest while the other still falls. */
const TURNED = 1.15;
/** Points of the curve before anything but divergence is told. */
const FEWEST = 20;
/** A sigmoid or tanh unit is saturated where its mean slope is below this part of the largest. */
const EQUAL = 1e-9;

export function diagnosisOf(lab: Lab): string {
  const { curve } = lab;
  const [first, last] = [curve[0]!, curve[curve.length - 1]!];
  const same = alike(lab);
  if (same) return same;
  if (curve.length < 3) return "";
  const lowest = curve.reduce((best, one) => (one.loss < best.loss ? one : best));
  if (last.loss > GROWN * lowest.loss && last.loss - lowest.loss > SLACK * first.loss) {
    return `The loss has grown from ${near(lowest.loss)} at step ${lowest.step}: steps of this length overshoot. Try a smaller η.`;
  }
  if (curve.length < FEWEST) return "";
  const dead = deadUnits(lab);
  if (dead) return dead;
  const held = curve.filter((one) => one.held !== null);
  if (held.length < FEWEST) return "";
  const best = held.reduce((a, b) => (b.held! < a.held! ? b : a));
  if (last.held! > TURNED * best.held! && last.loss < best.loss) {
    return `Overfitting since step ${best.step}: the rows held out were better then (${near(best.held!)}, now ${near(last.held!)}).`;
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
    if (same) return `All units of ${path.replace(/\.W$/, "")} are alike: they get the same gradient and stay alike. Start from drawn weights.`;
  }
  return "";
}

const lastMatrix = (lab: Lab) => [...lab.trainer.parameters].reverse().find((one) => one.shape.length === 2)?.path;

/** Units that give 0 for every row: no error passes them. */
function deadUnits(lab: Lab): string {
  if (lab.knobs.hidden === null || lab.knobs.activation !== "ReLU") return "";
  const program = lab.trainer.predict(lab.rows.x);
  for (const { path, node } of program.arrays) {
    if (!/^relu\d+\.y$/.test(path)) continue;
    const values = program.compiled.at(node);
    const units = program.compiled.shapes[node]![1]!;
    const dead = Array.from({ length: units }, (_, unit) => unit)
      .filter((unit) => values.every((value, place) => place % units !== unit || value === 0));
    if (dead.length) {
      return `${dead.length === 1 ? "Unit" : "Units"} ${dead.join(", ")} of ${path.replace(".y", "")} ${dead.length === 1 ? "is" : "are"} dead: 0 for every row, so no error passes. LeakyReLU, or a smaller η from the start, avoids it.`;
    }
  }
  return "";
}

const near = (value: number) => value.toPrecision(3);
