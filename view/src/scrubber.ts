// The scrubber: one station for each moment of the step, in the order of computation.

import type { App } from "./app";
import { h as element } from "./dom";
import type { Tree } from "./tree";
import { h, refill } from "./tree";
import type { Moment } from "./app";
import type { Phase, Quantity } from "./payload";
import { brief, short } from "./names";

const PLAY_MS = 1400;
/** Stations with at most so many letters, some for the space between them, fit beside each other; more are folded by layers. */
const [MOST_LETTERS, SPACE] = [90, 3];

export function scrubber(app: App): HTMLElement {
  const line = element("div", { class: "stations" });
  const play = element("button", { type: "button", class: "play", click: () => toggle() });
  let timer: number | undefined;

  const stop = () => {
    window.clearInterval(timer);
    timer = undefined;
    label();
  };
  const toggle = () => {
    if (timer !== undefined) return stop();
    if (app.moment === app.moments.length - 1) app.go(0);
    timer = window.setInterval(() => {
      app.go(app.moment + 1);
      if (app.moment === app.moments.length - 1) stop();
    }, PLAY_MS);
    label();
  };
  const label = () => {
    play.textContent = timer === undefined ? "play" : "pause";
  };

  const step = (by: number, text: string, name: string) =>
    element("button", { type: "button", class: "step", "aria-label": name, click: () => app.go(app.moment + by) }, text);
  const phases = phasesOf(app);
  const here = element("span", { class: "here-now quiet" });
  app.listen(() => refill(line, phases.map((one) => phaseOf(app, one))));
  app.listen(() => refill(here, `${app.now.phase} ${app.now.place} of ${app.now.of}: ${app.here.meaning}`));
  label();
  return element(
    "nav",
    { class: "scrubber", "aria-label": "moments of the step" },
    h("div", { class: "steps" }, step(-1, "◂", "previous moment"), step(1, "▸", "next moment"), play, here),
    line,
  );
}

/** A moment on the scrubber, with the short name of its quantity. */
interface Station {
  place: number;
  moment: Moment;
  quantity: Quantity;
  name: string;
}

/** Stations that stand together. */
interface Group {
  key: string;
  /** What the one button says in whose place they are while they are folded. */
  name: string;
  /** What stands before them. */
  title: string;
  isFolding: boolean;
  stations: Station[];
}

interface PhaseGroups {
  phase: Phase;
  groups: Group[];
}

function phasesOf(app: App): PhaseGroups[] {
  const found: PhaseGroups[] = [];
  const all = app.moments.map((moment, place): Station => {
    const quantity = app.step.find(moment.path)!;
    return { place, moment, quantity, name: nameOf(quantity)[1] };
  });
  const isLong = all.reduce((total, { name, moment }) => total + (moment.phase === "update" ? 0 : name.length + SPACE), 0) > MOST_LETTERS;
  for (const station of all) {
    const { phase } = station.moment;
    if (found.at(-1)?.phase !== phase) found.push({ phase, groups: [] });
    const { groups } = found.at(-1)!;
    const made = groupOf(app, station, isLong);
    const same = groups.find(({ key }) => key === made.key);
    if (same) same.stations.push(station);
    else groups.push(made);
  }
  return found;
}

/** The group of a station: its layer where there are many stations, else the parameter that is updated. */
function groupOf(app: App, station: Station, isLong: boolean): Group {
  const { quantity, moment } = station;
  const [owner] = nameOf(quantity);
  const parameter = moment.phase === "update" ? parameterOf(app, quantity.path) : null;
  const group = { title: owner, isFolding: false, stations: [station] };
  if (isLong && quantity.layer !== null) {
    const layer = brief(quantity.layer);
    return { ...group, key: quantity.layer, name: layer, title: owner || layer, isFolding: true };
  }
  if (parameter === null) return { ...group, key: owner || quantity.path, name: station.name };
  return { ...group, key: parameter, name: brief(short(app.step.find(parameter)!.symbol.text)), isFolding: true };
}

function parameterOf(app: App, path: string): string | null {
  const all = app.step.payload.layers.flatMap(({ parameters }) => parameters);
  return all.find((one) => path.startsWith(`${one}.`)) ?? null;
}

/** The owner of a quantity and its name there: residual1.dense1 and m(W). */
function nameOf(quantity: Quantity): [string, string] {
  const text = short(quantity.symbol.text);
  const [, of = "", owner = "", own = text] = /^(\w+\()?((?:\w+\.)+)(.*)$/.exec(text) ?? [];
  return [brief(owner.slice(0, -1)), of + own];
}

function phaseOf(app: App, { phase, groups }: PhaseGroups): Tree {
  return h(
    "div",
    { class: "phase", role: "group", "aria-label": phase },
    h("span", { class: "phase-name", "aria-hidden": "true" }, phase),
    h("div", { class: "row" }, groups.map((group) => groupTree(app, group))),
  );
}

/** A group: its stations, or one button in their place while no moment of it is shown. */
function groupTree(app: App, group: Group): Tree {
  const { stations, title } = group;
  const isInside = stations.some(({ place, quantity }) => place === app.moment || quantity === app.focus.quantity);
  // One station whose name says its layer needs no other name.
  const isPlain = stations.length === 1 && !nameOf(stations[0]!.quantity)[0];
  const isFolded = group.isFolding && !isInside && !isPlain;
  if (isFolded) return h("div", { class: "run" }, folded(app, group));
  return h("div", { class: `run${group.isFolding && stations.length > 1 ? " open" : ""}` },
    title && !isPlain ? h("span", { class: "owner", "aria-hidden": "true" }, title) : null,
    stations.map((one) => button(app, one)));
}

function folded(app: App, { stations, name }: Group): Tree {
  const first = stations[0]!;
  const isPast = stations.every(({ place }) => place < app.moment);
  const words = `${name}: ${stations.length} moments of ${first.moment.phase}`;
  return h("button", {
    type: "button", class: `station folded${isPast ? " past" : ""}`, tabindex: -1, "data-key": `group ${first.moment.phase} ${name}`,
    "aria-label": words, title: words, click: () => app.go(first.place),
  }, name);
}

function button(app: App, { place, moment, quantity, name }: Station): Tree {
  const isNow = place === app.moment;
  const hasFocus = !isNow && app.focus.quantity === quantity;
  const words = `${short(quantity.symbol.text)}: ${moment.phase}, ${quantity.meaning}`;
  return h(
    "button",
    {
      type: "button",
      class: `station${isNow ? " now" : ""}${place < app.moment ? " past" : ""}${hasFocus ? " focused" : ""}`,
      // One stop of the Tab key for all stations: ← and → go from one to the next.
      tabindex: isNow ? 0 : -1,
      "data-key": `station ${moment.path}`,
      "aria-label": words,
      "aria-current": isNow ? "step" : null,
      title: words,
      click: () => app.go(place),
    },
    name,
  );
}
