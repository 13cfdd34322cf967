// The knobs: what is trained, and how.

import { h } from "../dom";
import type { Child, Tree } from "../tree";
import { h as describe, refill } from "../tree";
import type { Knobs } from "./knobs";
import { CONSTANT, MOST_LAYERS, MOST_UNITS, activations, dataOf, hasRules, knobsFor, lossesFor } from "./knobs";
import type { Lab } from "./lab";
import type { Settings } from "./engine/definitions";

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 1, 3, 10];

export function knobsPanel(lab: Lab): HTMLElement {
  const box = h("section", { class: "knobs", "aria-label": "what is trained" });
  let isOpen = false;
  const more = () => describe("button", { type: "button", class: "link", "data-key": "more", "aria-expanded": String(isOpen), click: () => {
    isOpen = !isOpen;
    draw();
  } }, isOpen ? "fewer knobs" : "more knobs");
  const draw = () => refill(box, mainKnobs(lab, more()), isOpen ? moreKnobs(lab) : null);
  lab.listen(draw, true);
  draw();
  return box;
}

function mainKnobs(lab: Lab, more: Tree): Tree {
  const { knobs, payload } = lab;
  const turn = (change: Partial<Knobs>) => lab.turn(change);
  return describe("div", { class: "knob-row" },
    payload.datasets.length > 1 ? plainChoice("data", payload.datasets.map((one) => one.name), knobs.data,
      (name) => lab.turn(knobsFor(knobs, dataOf(payload, name)))) : null,
    layersKnob(lab),
    knobs.hidden?.length ? plainChoice("activation", activations(payload), knobs.activation, (activation) => turn({ activation })) : null,
    plainChoice("loss", lossesFor(payload, lab.data), knobs.loss, (loss) => turn({ loss })),
    plainChoice("optimizer", Object.keys(payload.definitions.optimizers), knobs.optimizer, (optimizer) => turn({ optimizer, settings: {}, rate: defaultRate(lab, optimizer) })),
    choice("η", ladder(RATES, knobs.rate), String(knobs.rate), (rate) => lab.setRate(Number(rate))),
    choice("batch", ladder([1, 2, 5, 10, 30, 60, lab.rows.count].filter((one) => one <= lab.rows.count), lab.trainer.batch), String(lab.trainer.batch),
      (batch) => turn({ batch: Number(batch) })),
    more);
}

/** The learning rate that an optimizer is usually tried with first. */
const defaultRate = (lab: Lab, optimizer: string) => (optimizer === "SGD" ? lab.data.task?.rate ?? 0.1 : 0.01);

function layersKnob(lab: Lab): Tree {
  const { hidden } = lab.knobs;
  const inputs = lab.data.inputs.length;
  if (hidden === null) {
    return describe("span", { class: "knob" }, describe("span", { class: "quiet" }, "network "), "as given ",
      small("change network", "change it", () => lab.turn({ hidden: [4] })));
  }
  const set = (widths: number[]) => lab.turn({ hidden: widths });
  return describe("span", { class: "knob layers", role: "group", "aria-label": "hidden layers" },
    describe("span", { class: "quiet" }, `${inputs} – `),
    hidden.map((units, layer) => [
      describe("input", { type: "number", min: 1, max: MOST_UNITS, value: units, "aria-label": `units of hidden layer ${layer + 1}`, "data-key": `units ${layer}`,
        change: (event: Event) => {
          const asked = Math.round(Number((event.target as HTMLInputElement).value)) || 1;
          set(hidden.map((one, at) => (at === layer ? Math.min(MOST_UNITS, Math.max(1, asked)) : one)));
        } }),
      describe("span", { class: "quiet" }, " – ")]),
    describe("span", { class: "quiet" }, `${lab.data.outputs.length}`),
    small("add layer", "+ layer", () => hidden.length < MOST_LAYERS && set([...hidden, hidden[hidden.length - 1] ?? 4])),
    hidden.length ? small("remove layer", "− layer", () => set(hidden.slice(0, -1))) : null);
}

const small = (key: string, text: string, click: () => void) => describe("button", { type: "button", class: "link", "data-key": key, click }, text);

function moreKnobs(lab: Lab): Tree {
  const { knobs, payload } = lab;
  const definition = payload.definitions.optimizers[knobs.optimizer]!;
  const settings: Settings = { ...definition.settings, ...knobs.settings };
  const own = Object.entries(settings).filter(([name]) => name !== "learning_rate");
  const setting = (name: string, value: number | boolean) => lab.turn({ settings: { ...knobs.settings, [name]: value } });
  return describe("div", { class: "knob-row" },
    own.map(([name, value]) => (typeof value === "boolean"
      ? switched(name.replaceAll("_", " "), value, () => setting(name, !value))
      : typed(name.replaceAll("_", " "), value, (next) => setting(name, next)))),
    choice("schedule", [CONSTANT, ...Object.keys(payload.definitions.schedules)], knobs.schedule, (schedule) => lab.turn({ schedule, scheduled: {} })),
    ...scheduleKnobs(lab),
    typed("warm-up steps", knobs.warmUp, (warmUp) => lab.turn({ warmUp: Math.round(warmUp) })),
    typed("longest gradient", knobs.clip, (clip) => lab.turn({ clip })),
    hasRules(lab.trainer.training.task.network) ? choice("error sent back", Object.keys(payload.definitions.credit), knobs.rule, (rule) => lab.turn({ rule })) : null,
    typed("weight decay", knobs.decay, (decay) => lab.turn({ decay })),
    typed("L2", knobs.l2, (l2) => lab.turn({ l2 })),
    knobs.hidden?.length ? typed("dropout", knobs.dropout, (dropout) => lab.turn({ dropout: Math.min(0.9, Math.max(0, dropout)) })) : null,
    switched("inputs standardised", knobs.scaling, () => lab.turn({ scaling: !knobs.scaling })),
    lab.data.noise ? typed("noise", knobs.noise, (noise) => lab.turn({ noise })) : null,
    choice("first weights", Object.keys(payload.definitions.initializers), knobs.start, (start) => lab.turn({ start })),
    typed("seed", knobs.seed, (seed) => lab.turn({ seed: Math.max(0, Math.round(seed)) })),
    axesKnobs(lab));
}

function scheduleKnobs(lab: Lab): Tree[] {
  const { knobs, payload } = lab;
  const definition = payload.definitions.schedules[knobs.schedule];
  if (!definition) return [];
  const settings = { ...definition.settings, ...knobs.scheduled };
  const waits = "patience" in settings; // such a schedule plans no epochs
  return [...(waits ? [] : [typed("epochs planned", knobs.epochs, (epochs) => lab.turn({ epochs: Math.max(1, Math.round(epochs)) }))]),
    ...Object.entries(settings).map(([name, value]) => typed(name, Number(value), (next) => lab.turn({ scheduled: { ...knobs.scheduled, [name]: next } })))];
}

/** Which two of many inputs the picture shows. */
function axesKnobs(lab: Lab): Child {
  const { inputs } = lab.data;
  if (inputs.length < 3 || inputs.length > 12) return null;
  return [0, 1].map((axis) => choice(axis ? "up" : "across", inputs, inputs[lab.axes[axis]!]!, (name) => {
    lab.axes[axis] = inputs.indexOf(name);
    lab.changed(true);
  }));
}

function choice(label: string, values: string[], chosen: string, change: (value: string) => void): Tree {
  return describe("label", { class: "knob" }, describe("span", { class: "quiet" }, `${label} `), plainChoice(label, values, chosen, change));
}

/** A choice whose values say what it is. */
function plainChoice(label: string, values: string[], chosen: string, change: (value: string) => void): Tree {
  return describe("select", { "data-key": label, "aria-label": label, title: label, change: (event: Event) => change((event.target as HTMLSelectElement).value) },
    values.map((value) => describe("option", { value, selected: value === chosen }, value)));
}

function switched(label: string, value: boolean, change: () => void): Tree {
  return describe("label", { class: "knob" }, describe("input", { type: "checkbox", checked: value, "data-key": label, change }), ` ${label}`);
}

function typed(label: string, value: number, change: (value: number) => void): Tree {
  return describe("label", { class: "knob" }, describe("span", { class: "quiet" }, `${label} `),
    describe("input", { type: "text", inputmode: "decimal", size: 6, value: String(value), "data-key": label, change: (event: Event) => {
      const next = Number((event.target as HTMLInputElement).value);
      if (Number.isFinite(next) && next >= 0) change(next);
      else (event.target as HTMLInputElement).value = String(value);
    } }));
}

/** The usual values, with the present one among them. */
function ladder(values: number[], own: number): string[] {
  return [...new Set([...values, own])].sort((a, b) => a - b).map(String);
}

