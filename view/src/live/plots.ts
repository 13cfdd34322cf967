// Which curves a run has.

import { number } from "../payload";
import { many, percent, ratio } from "../report/words";
import { count } from "../numbers";
import type { Plot, Point, Series } from "./chart";
import type { Epoch, LayerVitals } from "./payload";
import type { Run } from "./run";
import { valueOf } from "./run";

export function plots(run: Run, others: Run[]): Plot[] {
  const { epochs, last } = run;
  if (!last) return [];
  const metrics = Object.keys(last.metrics);
  const losses = metrics.filter((name) => plain(name).endsWith("loss"));
  const scores = metrics.filter((name) => !losses.includes(name));
  const found: Plot[] = [];
  found.push({
    title: "Loss",
    series: [
      ...others.map((one) => ({ name: one.name, points: curve(one, watched(one)), line: "other", isUnnamed: true })),
      { name: "training", points: curve(run, "loss"), line: "first" },
      ...losses.map((name, place) => ({ name: plain(name), points: curve(run, name), line: place ? `layer${1 + (place % 4)}` : "second" })),
    ],
    note: `Training: mean over the batches of the epoch, each measured before its step.${others.length ? ` Pale: the ${plain(watched(others[0]!))} of the other runs.` : ""}`,
  });
  if (scores.length) {
    found.push({
      title: scores.length === 1 ? sentence(plain(scores[0]!)) : "Scores",
      series: [
        ...others.map((one) => ({ name: one.name, points: curve(one, scores[0]!), line: "other", isUnnamed: true })),
        ...scores.map((name, place) => ({ name: plain(name), points: curve(run, name), line: lineOf(place, scores.length) })),
      ],
      note: "Of the validation rows, after the epoch.",
      format: (value) => ratio(value),
    });
  }
  const norms = run.head?.norms;
  const measured = epochs.filter((one) => one.vitals);
  const rows = measured[0]?.vitals?.rows ?? 0;
  const on = `Of one step on ${many(rows, "training row")}, the same ones each time.`;
  const layers = (name: keyof LayerVitals) => perLayer(measured, name);
  const gradients = layers("gradient");
  if (gradients.length) found.push({ title: "Gradient norm, layer by layer", series: gradients, note: `‖∂E/∂θ‖ as the optimizer takes it. ${on}` });
  const ratios = layers("ratio");
  if (ratios.length) {
    found.push({ title: "Update / weights, layer by layer", series: ratios, norm: norms?.ratio,
      note: `‖Δθ‖ / ‖θ‖ of a step. Dotted: 0.001, a good size by the cs231n notes.` });
  }
  const shares = { format: percent, least: [0, 1] as const };
  const dead = layers("dead");
  if (dead.length) {
    found.push({ ...shares, title: "Dead units", series: dead, norm: norms?.units,
      note: "The part of a layer’s units that give 0 and pass no gradient in 99 % of the rows. Dotted: half, where SageMaker Debugger warns." });
  }
  const saturated = layers("saturated");
  if (saturated.length) {
    found.push({ ...shares, title: "Saturated units", series: saturated, norm: norms?.units,
      note: "The part of a layer’s units that are at an end of tanh or sigmoid in 99 % of the rows. Dotted: half." });
  }
  const rates = points(epochs, (one) => number(one.rate));
  if (rates.some((one) => one[1] !== rates[0]![1])) {
    found.push({ title: "Learning rate", series: [{ name: "η", points: rates, line: "first" }], note: "At the last step of each epoch." });
  }
  const speed = points(epochs, (one) => (run.head?.rows ?? NaN) / number(one.seconds));
  found.push({ title: "Rows a second", series: [{ name: "training", points: speed, line: "first" }], least: [0, 0],
    note: "Training alone, without measuring and waiting.", format: (value) => count(Number(value.toPrecision(3))) });
  return found;
}

/** The curve by which a run is compared with others. */
function watched(run: Run): string {
  return run.last && "validation_loss" in run.last.metrics ? "validation_loss" : "loss";
}

function curve(run: Run, name: string): Point[] {
  return points(run.epochs, (one) => valueOf(one, name));
}

function points(epochs: Epoch[], of: (one: Epoch) => number): Point[] {
  return epochs.map((one) => [one.epoch, of(one)] as const);
}

function perLayer(measured: Epoch[], name: keyof LayerVitals): Series[] {
  const paths = (measured[0]?.vitals?.layers ?? []).filter((one) => one[name] !== undefined).map((one) => one.path);
  return paths.map((path, place) => ({
    name: path,
    line: lineOf(place, paths.length),
    points: measured.map((one) => [one.epoch, number(one.vitals!.layers.find((layer) => layer.path === path)?.[name])] as const),
  }));
}

function lineOf(place: number, all: number): string {
  return all === 1 ? "first" : `layer${Math.round((place * 5) / (all - 1))}`;
}

export const plain = (name: string) => (name === "refined" ? "refined log loss" : name.replaceAll("_", " "));

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
