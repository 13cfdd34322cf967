// A ladder of four scales on the same keys: a number, a moment of the step, a step, an epoch.

import type { Quantity } from "../payload";
import type { Lab } from "./lab";
import { gradientOf } from "./number";

export const SCALES = ["number", "moment", "step", "epoch"] as const;
export type Scale = (typeof SCALES)[number];

/** Go forth (1) or back (−1) by one of the scale. */
export function move(lab: Lab, scale: Scale, by: 1 | -1): void {
  const { trainer } = lab;
  if (scale === "number") nextNumber(lab, by);
  else if (scale === "moment") nextMoment(lab, by);
  else if (scale === "step") lab.goTo(trainer.step + by);
  else lab.goTo(by > 0 ? endOfEpoch(lab) : trainer.step - trainer.stepsPerEpoch);
}

/** Choose the next finer (1) or coarser (−1) scale. */
export function climb(lab: Lab, by: 1 | -1): void {
  lab.scale = SCALES[Math.min(SCALES.length - 1, Math.max(0, SCALES.indexOf(lab.scale) + by))]!;
  lab.changed();
}

export function endOfEpoch({ trainer }: Lab): number {
  return (trainer.epoch + 1) * trainer.stepsPerEpoch;
}

/** The next number of the array that is open; of the weights, on to the next array. */
function nextNumber(lab: Lab, by: number): void {
  if (lab.opened) {
    const { shape } = lab.step().find(lab.opened.path)!;
    const size = shape.reduce((product, one) => product * one, 1);
    lab.open({ path: lab.opened.path, index: indexOf((flat(lab.opened.index, shape) + by + size) % size, shape) });
    return;
  }
  const { parameters } = lab.trainer;
  const size = (at: number) => parameters[at]!.shape.reduce((product, one) => product * one, 1);
  let at = parameters.findIndex((one) => one.path === lab.followed.path);
  let place = lab.place + by;
  if (place < 0 || place >= size(at)) {
    at = (at + by + parameters.length) % parameters.length;
    place = by > 0 ? 0 : size(at) - 1;
  }
  lab.follow({ path: parameters[at]!.path, index: indexOf(place, parameters[at]!.shape) });
}

/** The next quantity of the coming step, in the order in which it is computed. */
function nextMoment(lab: Lab, by: number): void {
  const step = lab.step();
  const moments = step.payload.quantities.filter((one) => !step.isGiven(one) && !/\.(change|descended|part\..*)$/.test(one.path));
  const now = moments.findIndex((one) => one.path === (lab.opened ?? gradientOf(lab.followed)).path);
  const next = moments[now + by];
  if (next) lab.open({ path: next.path, index: nearIndex(lab, next) });
}

/** The index that fits what is followed: the row held, the units of the weight. */
function nearIndex(lab: Lab, { shape, axes }: Quantity): number[] {
  const { index } = lab.followed;
  const row = Math.max(0, lab.trainer.batchRows().indexOf(lab.row));
  return shape.map((size, axis) => Math.min(size - 1, axes[axis] === "row" ? row : axes[axis] === "input" ? index[0]! : index[index.length - 1]!));
}

const flat = (index: number[], shape: number[]) => index.reduce((place, one, axis) => place * shape[axis]! + one, 0);
const indexOf = (place: number, shape: number[]) => shape.map((_, axis) =>
  Math.floor(place / shape.slice(axis + 1).reduce((product, one) => product * one, 1)) % shape[axis]!);
