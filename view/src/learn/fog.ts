// The loss along the weight that is followed: where it stands, the tangent that the gradient is, and the step.
// In the fog only the nearest ground is seen; lifted, it shows whether the step overshoots.

import { h } from "../dom";
import { shown } from "../numbers";
import { h as describe, refill, s } from "../tree";
import type { Lab } from "./lab";
import { reachOf } from "./number";

/** In a low window the picture is lower, so that the loss is seen beside the data. */
const [HEIGHT, LEFT, BOTTOM, TOP] = [innerHeight < 800 ? 104 : 136, 64, 20, 8];
/** Points of the ground: fewer where each costs much, by rows of the step times parameters. */
const POINTS: [number, number][] = [[200_000, 49], [800_000, 25], [Infinity, 13]];
/** What is seen in the fog, as a part of the picture to both sides. */
const SEEN = 0.1;
/** While training, the picture is drawn again only so often, in milliseconds. */
const PAUSE = 120;

export function fogPanel(lab: Lab): HTMLElement {
  const frame = h("div", { class: "curve" });
  const head = h("div", { class: "panel-head" });
  const under = h("p", { class: "legend" });
  let [width, drawn] = [0, 0];
  let ground: Ground | null = null;
  const draw = () => {
    if (!width || (lab.playing && performance.now() - drawn < PAUSE)) return;
    drawn = performance.now();
    // While the weight is moved by hand the ground stays, and the walker moves over it.
    if (!ground || !lab.nudge || ground.nudge !== lab.nudge) ground = groundOf(lab);
    const seen = sightOf(lab, ground);
    refill(head, describe("h3", {}, "E along this weight"),
      describe("button", { type: "button", class: "link small", "data-key": "fog", "aria-pressed": String(!lab.foggy), click: () => {
        lab.foggy = !lab.foggy;
        lab.changed();
      } }, lab.foggy ? "lift the fog" : "lower the fog"));
    refill(frame, picture(lab, width, seen));
    refill(under, sentence(seen));
  };
  new ResizeObserver(() => {
    width = frame.clientWidth;
    draw();
  }).observe(frame);
  lab.listen(draw);
  return h("section", { class: "fog-panel", "aria-label": "the loss along this weight" }, head, frame, under);
}

interface Ground {
  nudge: Lab["nudge"];
  weights: number[];
  losses: number[];
}

interface Sight {
  weight: number;
  next: number;
  slope: number;
  loss: number;
  /** The loss after this weight's step alone. */
  after: number;
  weights: number[];
  losses: number[];
}

/** The true loss of the coming step's rows around the followed weight. */
function groundOf(lab: Lab): Ground {
  const { place, weight, nudge, trainer } = lab;
  const size = trainer.parameters.reduce((sum, one) => sum + trainer.numbers.get(one.path)!.length, 0);
  const [, points] = POINTS.find(([most]) => trainer.batch * size <= most)!;
  const next = nextOf(lab);
  // The slider's range, or that of the step.
  const [middle, reach] = nudge ? [0, reachOf(lab)] : [weight, Math.max(1.5, 1.6 * Math.abs(next - weight) || 0)];
  const weights = Array.from({ length: points }, (_, at) => middle + reach * ((2 * at) / (points - 1) - 1));
  return { nudge, weights, losses: trainer.lossAlong(lab.followed.path, place, weights) };
}

function nextOf(lab: Lab): number {
  const program = lab.look();
  return program.compiled.at(program.parameters.find((one) => one.path === lab.followed.path)!.next)[lab.place]!;
}

/** Where the weight stands on the ground, and where its step goes. */
function sightOf(lab: Lab, { weights, losses }: Ground): Sight {
  const program = lab.look();
  const { place, weight } = lab;
  const parameter = program.parameters.find((one) => one.path === lab.followed.path)!;
  const [slope, next] = [program.compiled.at(parameter.gradient)[place]!, program.compiled.at(parameter.next)[place]!];
  const penalty = program.penalty === null ? 0 : program.compiled.at(program.penalty)[0]!;
  const loss = program.compiled.at(program.loss)[0]! + penalty;
  const [after] = lab.trainer.lossAlong(lab.followed.path, place, [next]) as [number];
  return { weight, next, slope, loss, after, weights, losses };
}

function sentence({ weight, next, slope, loss, after }: Sight): string {
  const downhill = slope > 0 ? "to the left" : slope < 0 ? "to the right" : "nowhere";
  const change = after - loss;
  const outcome = change > 0 ? "overshoots: alone it raises the loss" : "alone it lowers the loss";
  return `Slope ${shown(slope, 3)}: downhill is ${downhill}. The step to ${shown(next, 3)} (${shown(next - weight, 2)}) ${outcome} by ${shown(Math.abs(change), 2)}.`;
}

function picture(lab: Lab, width: number, { weight, next, slope, loss, after, weights, losses }: Sight) {
  const [low, high] = [weights[0]!, weights[weights.length - 1]!];
  const known = [...losses, loss, after].filter(Number.isFinite);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const margin = (most - least || Math.abs(most) || 1) * 0.1;
  const x = (value: number) => LEFT + ((value - low) / (high - low)) * (width - LEFT - 12);
  const y = (value: number) => TOP + (1 - (value - least + margin) / (most - least + 2 * margin)) * (HEIGHT - TOP - BOTTOM);
  const points = weights.map((value, at) => `${x(value).toFixed(1)} ${y(losses[at]!).toFixed(1)}`);
  // In the fog: the ground beside the walker, at least a step of the points to each side.
  const sight = Math.max(SEEN * (high - low), (high - low) / (points.length - 1));
  const near = points.filter((_, at) => Math.abs(weights[at]! - weight) <= sight);
  const half = (high - low) * 0.14;
  return s("svg", { width, height: HEIGHT, role: "img", "aria-label": `The loss along the weight. ${lab.foggy ? "In the fog." : ""}` },
    [least, most].map((value) => s("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, shown(value, shown(least, 2) === shown(most, 2) ? 4 : 2))),
    [low, weight, high].map((value, at) => s("text", { class: "tick", x: x(value), y: HEIGHT - 5, "text-anchor": ["start", "middle", "end"][at]! }, shown(value, 2))),
    lab.foggy ? s("rect", { class: "fog", x: LEFT, y: TOP, width: width - LEFT - 12, height: HEIGHT - TOP - BOTTOM }) : null,
    s("path", { class: "ground-line", d: `M${(lab.foggy ? near : points).join("L")}` }),
    s("path", { class: "tangent", d: `M${x(weight - half)} ${y(loss - slope * half)}L${x(weight + half)} ${y(loss + slope * half)}` }),
    Math.abs(x(next) - x(weight)) > 1 ? s("path", { class: "hop", d: `M${x(weight)} ${y(loss)}L${x(next)} ${y(lab.foggy ? loss + slope * (next - weight) : after)}` }) : null,
    lab.foggy ? null : s("circle", { class: "landing", cx: x(next), cy: y(after), r: 4 }),
    s("circle", { class: "walker", cx: x(weight), cy: y(loss), r: 6 }));
}
