// The ways of sending the error back, side by side: what error signal the first hidden layer gets under each,
// and how far the step they make turns from the true gradient.

import { h } from "../dom";
import { shown } from "../numbers";
import { lengthOf } from "../primitives/tensor";
import type { Tree } from "../tree";
import { h as describe, refill, s } from "../tree";
import type { StepProgram } from "./engine/trainer";
import { EXACT } from "./engine/definitions";
import { hasRules } from "./knobs";
import type { Lab } from "./lab";
import { parted } from "./names";

const [BAR, TALL, MOST] = [12, 40, 16];
/** What is shorter than this part of the true one is rounding: the errors that were spread cancel. */
const ROUNDING = 1e-12;
/** While training, the panel is drawn again only so often, in milliseconds. */
const PAUSE = 300;

interface RuleSight {
  name: string;
  /** The error signal of the first hidden layer's units, for the row held. */
  delta: Float64Array;
  /** Degrees to the true gradient, and length relative to it: first layer, whole network. */
  angles: [number, number];
  length: number;
}

export function creditPanel(lab: Lab): HTMLElement {
  const place = h("div", {});
  const box = h("details", { class: "credit", toggle: () => draw() }, h("summary", {}, "ways of sending the error back, side by side"), place);
  let drawn = 0;
  const draw = () => {
    const isKnown = hasRules(lab.trainer.training.task.network);
    box.hidden = !isKnown;
    if (!isKnown || !box.open || (lab.playing && performance.now() - drawn < PAUSE)) return;
    drawn = performance.now();
    refill(place, panel(lab, rulesOf(lab)));
  };
  lab.listen(draw);
  draw();
  return box;
}

export function rulesOf(lab: Lab): RuleSight[] {
  const first = parted(lab.trainer.parameters.find((one) => one.shape.length === 2)!.path)[0];
  const gradients = ({ parameters, compiled }: StepProgram, within: string) =>
    Float64Array.from(parameters.filter((one) => one.path.startsWith(within)).flatMap((one) => [...compiled.at(one.gradient)]));
  const of = (rule: string) => {
    const alone = lab.trainer.look(true, Int32Array.of(lab.row), rule);
    const delta = alone.compiled.at(alone.arrays.find((one) => one.path === `${first}.dy`)!.node).slice();
    const step = lab.trainer.look(true, null, rule);
    return { delta, here: gradients(step, `${first}.`), all: gradients(step, "") };
  };
  const exact = of(EXACT);
  return Object.keys(lab.payload.definitions.credit).map((name) => {
    const { delta, here, all } = name === EXACT ? exact : of(name);
    if (lengthOf(here) < ROUNDING * lengthOf(exact.here)) here.fill(0);
    if (lengthOf(delta) < ROUNDING * lengthOf(exact.delta)) delta.fill(0);
    return { name, delta, angles: [angle(here, exact.here), angle(all, exact.all)], length: lengthOf(all) / lengthOf(exact.all) };
  });
}

/** Degrees between two vectors, as clearprop/credit/comparison.py measures them; NaN if one is zero. */
function angle(a: Float64Array, b: Float64Array): number {
  const [longA, longB] = [lengthOf(a), lengthOf(b)];
  if (!longA || !longB) return NaN;
  const apart = lengthOf(a.map((one, place) => one / longA - b[place]! / longB));
  const along = lengthOf(a.map((one, place) => one / longA + b[place]! / longB));
  return (2 * Math.atan2(apart, along) * 180) / Math.PI;
}

function panel(lab: Lab, rules: RuleSight[]): Tree[] {
  const own = lab.trainer.training.task.rule;
  const degrees = (value: number) => (Number.isNaN(value) ? "–" : `${value.toFixed(1)}°`);
  return [
    describe("p", { class: "legend" }, "δ of the first hidden layer's units for the row held, and how far the coming step's gradient turns from the true one. "
      + "Below 90° a short step still goes downhill. No angle: the errors cancel, and none arrives."),
    describe("table", {}, describe("thead", {}, describe("tr", {}, ["rule", "δ, first hidden layer", "angle, first layer", "angle, all", "length", ""].map((text) => describe("th", { scope: "col" }, text)))),
      describe("tbody", {}, rules.map(({ name, delta, angles, length }) => describe("tr", {},
        describe("th", { scope: "row" }, name),
        describe("td", {}, bars(delta)),
        ...angles.map((one) => describe("td", { class: "mono" }, degrees(one))),
        describe("td", { class: "mono" }, Number.isFinite(length) ? shown(length, 3) : "–"),
        describe("td", {}, describe("button", { type: "button", class: "link", "data-key": `rule ${name}`, "aria-pressed": String(name === own), click: () => lab.turn({ rule: name }) },
          name === own ? "trains now" : "train with it")))))),
  ];
}

/** A bar for each unit, on a scale of its own. */
function bars(delta: Float64Array): Tree {
  const shownOnes = delta.subarray(0, MOST);
  const most = shownOnes.reduce((largest, one) => Math.max(largest, Math.abs(one) || 0), 1e-300);
  const words = [...shownOnes].map((one) => shown(one, 2)).join(", ");
  return s("svg", { class: "bar", width: BAR * shownOnes.length, height: TALL, role: "img", "aria-label": `δ: ${words}` },
    s("title", {}, words),
    [...shownOnes].map((one, place) => {
      const tall = Number.isFinite(one) ? (Math.abs(one) / most) * (TALL / 2 - 1) : 0;
      return s("rect", { class: one < 0 ? "negative" : "positive", x: place * BAR + 1, width: BAR - 2, y: one < 0 ? TALL / 2 : TALL / 2 - tall, height: tall });
    }),
    s("path", { class: "hair", d: `M0 ${TALL / 2}H${BAR * shownOnes.length}` }));
}
