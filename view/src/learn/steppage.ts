// The coming step opened: the page of a training step, on the numbers of this moment.

import { mount } from "../mount";
import { h } from "../dom";
import type { Payload, Phase } from "../payload";
import type { Lab } from "./lab";
import type { MeanAndSd } from "./payload";
import { leavesOf } from "./engine/slips";
import { titleOf } from "./knobs";
import { columnsOf } from "./network";
import { parted } from "./names";
import { withSlips } from "./opened";
import { wholeEquation } from "./whole";
import { shown } from "../numbers";

const PHASES: Phase[] = ["forward", "loss", "backward", "update"];
/** Units of a column that the step's picture draws at most. */
const SHOWN = 24;

/** Show the coming step in place of the training, until the reader goes back. */
export function openStep(lab: Lab, main: HTMLElement): void {
  lab.playing = false;
  lab.changed();
  const ended = new AbortController();
  const place = h("div", {});
  const scrolled = window.scrollY;
  const back = h("button", { type: "button", class: "link", click: () => {
    ended.abort();
    host.remove();
    main.hidden = false;
    window.scrollTo(0, scrolled);
    main.querySelector<HTMLElement>("[data-key=open]")?.focus();
  } }, "◂ back to the training");
  const host = h("div", { class: "step-host" }, place);
  main.hidden = true;
  main.after(host);
  const { path, index } = lab.followed;
  const app = mount(place, { payload: stepPayload(lab), signal: ended.signal });
  const [layer, name] = parted(path);
  app.goTo(`${layer}.d${name}`);
  const gradient = app.step.find(`${layer}.d${name}`);
  if (gradient) app.open(gradient, index);
  // Inside the view, whose keys are those of a focus inside it.
  place.querySelector("main")!.prepend(h("p", { class: "back" }, back));
  back.focus();
  window.scrollTo(0, 0);
}

/** The coming step as the data of the step's page. */
export function stepPayload(lab: Lab): Payload {
  const step = lab.step();
  const { trainer, data, knobs } = lab;
  const rows = [...trainer.batchRows()];
  const quantities = step.payload.quantities.map((one) => ({ ...one, values: { list: [...step.numbers(one).all!] } }));
  const equations = Object.fromEntries(quantities.filter((one) => !step.isGiven(one)).map((one) => [one.path, wholeEquation(step, one.node)]));
  const losses = step.numbers(step.find("row_loss")!).all!;
  const columns = columnsOf(lab);
  const layers = Object.keys(Object.fromEntries(quantities.flatMap((one) => (one.layer ? [[one.layer, 1]] : []))));
  const before = lab.batchLoss() + (step.scalar("penalty") ?? 0);
  return withSlips({
    ...step.payload,
    format: "clearprop.step", version: 1, made_by: lab.payload.made_by,
    title: {
      model: data.name, network: titleOf(lab.payload, trainer.training.task), optimizer: `${knobs.optimizer}, η ${shown(knobs.rate)}`,
      step: trainer.step + 1, rows: rows.length,
    },
    loss: {
      name: knobs.loss, convention: lab.payload.definitions.losses[knobs.loss]!.convention, before, ...afterStep(lab, before),
      penalty: step.scalar("penalty") ?? 0,
    },
    quantities, equations,
    phases: PHASES.map((name) => ({ name, moments: quantities.filter((one) => one.phase === name && !/\.(change|descended|part\..*)$/.test(one.path)).map((one) => one.path) })),
    update: { parts: partsOf(lab, quantities.map((one) => one.path)) },
    layers: leavesOf(trainer.training.task.network, "").map(({ path, spec }) => ({
      path, kind: spec.kind, inputs: 0, outputs: columns.find((one) => one.dense === path)?.width ?? 0,
      parameters: trainer.parameters.filter((one) => parted(one.path)[0] === path).map((one) => one.path),
    })),
    columns: columns.map(({ dense, width, head }, place) => {
      const own = place ? layers.filter((layer) => ownerOf(layer, layers, columns.map((one) => one.dense)) === dense) : [];
      return { layers: own, words: place ? head : "inputs", width, shown: Array.from({ length: Math.min(width, SHOWN) }, (_, unit) => unit) };
    }),
    skips: [],
    inputs: { names: data.inputs, image: data.image, ...named(data.inputs, lab.scales) },
    outputs: { names: data.kind === "classes" ? data.outputs : null, ...named(data.outputs, data.scaled?.outputs ?? []) },
    rows: rows.map((row, place) => ({
      label: `row ${row}`, target: lab.targetOf(row), prediction: null, loss: losses[place]!, weight: lab.rows.weights?.[row] ?? 1,
    })),
  }, lab.slipsOfStep());
}

/** How columns were standardised, as the page of a step has it. */
const named = (names: string[], scales: (MeanAndSd | null)[]) =>
  (scales.some(Boolean) ? { standardised: names.map((name, at) => (scales[at] ? { name, ...scales[at] } : null)) } : {});

/** The parts of a change that this step has, and what each is. */
function partsOf(lab: Lab, paths: string[]): { name: string; sentence: string }[] {
  const aliases = Object.keys(lab.look().aliases);
  return Object.entries(lab.payload.definitions.parts)
    .filter(([name]) => [...paths, ...aliases].some((path) => path.endsWith(`.part.${name}`)))
    .map(([name, sentence]) => ({ name, sentence }));
}

/** The dense layer whose column a layer stands in: the last one before it. */
function ownerOf(layer: string, layers: string[], dense: string[]): string {
  const places = dense.map((one) => layers.indexOf(one));
  const at = layers.indexOf(layer);
  return dense.reduce((best, one, place) => (place && places[place]! <= at ? one : best), dense[1]!);
}

/** The loss of the same rows after the step, and what the slope alone predicts. */
function afterStep(lab: Lab, before: number) {
  const { trainer } = lab;
  const now = trainer.snapshot();
  const program = trainer.look();
  let predicted = 0;
  for (const { path, next, gradient } of program.parameters) {
    const own = trainer.numbers.get(path)!;
    const [moved, slope] = [program.compiled.at(next), program.compiled.at(gradient)];
    own.forEach((value, place) => (predicted += slope[place]! * (moved[place]! - value)));
  }
  trainer.advance();
  trainer.step = now.step; // the same rows, and the same masks, with the new parameters
  const done = trainer.look();
  const after = done.compiled.at(done.loss)[0]! + (done.penalty === null ? 0 : done.compiled.at(done.penalty)[0]!);
  trainer.restore(now);
  trainer.look();
  return { after, change: after - before, predicted: program.penalty === null ? predicted : null };
}
