// The scrubber: one station for each moment of the step, in the order of computation.

import type { App } from "./app";
import { h as element } from "./dom";
import type { Tree } from "./tree";
import { h, refill } from "./tree";
import type { Moment } from "./app";
import type { Quantity } from "./payload";
import { brief, short } from "./names";

const PLAY_MS = 1400;
/** Stations with at most so many letters, some for the space between them, take three lines. */
const [MOST_LETTERS, SPACE] = [320, 3];

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
  const stations = stationsOf(app);
  const phases = grouped(stations, ({ moment }) => moment.phase).map((some) => grouped(some, ({ owner }) => owner));
  app.listen(() => refill(line, phases.map((runs) => phase(app, runs))));
  label();
  return element(
    "nav",
    { class: `scrubber${isShort(stations) ? " staying" : ""}`, "aria-label": "moments of the step" },
    h("div", { class: "steps" }, step(-1, "◂", "previous moment"), step(1, "▸", "next moment"), play),
    line,
  );
}

/** A moment on the scrubber, with the owner and the short name of its quantity. */
interface Station {
  place: number;
  moment: Moment;
  quantity: Quantity;
  owner: string;
  name: string;
}

function stationsOf(app: App): Station[] {
  return app.moments.map((moment, place) => {
    const quantity = app.step.find(moment.path)!;
    return { place, moment, quantity, ...nameOf(quantity) };
  });
}

/** Whether the scrubber is low enough to stay visible while the page scrolls under it. */
function isShort(stations: Station[]): boolean {
  return stations.reduce((total, { name }) => total + name.length + SPACE, 0) <= MOST_LETTERS;
}

/** The owner of a quantity and its name there: residual1.dense1 and m(W). */
function nameOf(quantity: Quantity): { owner: string; name: string } {
  const text = short(quantity.symbol.text);
  const [, of = "", owner = "", own = text] = /^(\w+\()?((?:\w+\.)+)(.*)$/.exec(text) ?? [];
  return { owner: brief(owner.slice(0, -1)), name: of + own };
}

/** Group neighbours that have the same key. */
function grouped(stations: Station[], key: (station: Station) => string): Station[][] {
  const found: Station[][] = [];
  for (const station of stations) {
    const last = found.at(-1);
    if (last && key(last[0]!) === key(station)) last.push(station);
    else found.push([station]);
  }
  return found;
}

function phase(app: App, runs: Station[][]): Tree {
  const word = runs[0]![0]!.moment.phase;
  return h(
    "div",
    { class: "phase", role: "group", "aria-label": word },
    h("span", { class: "phase-name", "aria-hidden": "true" }, word),
    h("div", { class: "row" }, runs.flatMap((stations) => run(app, stations))),
  );
}

/** Stations of one owner, under its name. */
function run(app: App, stations: Station[]): Tree[] {
  const { owner } = stations[0]!;
  const made = stations.map((one) => button(app, one));
  return owner ? [h("div", { class: "run" }, h("span", { class: "owner", "aria-hidden": "true" }, owner), made)] : made;
}

function button(app: App, { place, moment, quantity, name }: Station): Tree {
  const isNow = place === app.moment;
  const hasFocus = !isNow && app.focus.quantity === quantity;
  return h(
    "button",
    {
      type: "button",
      class: `station${isNow ? " now" : ""}${place < app.moment ? " past" : ""}${hasFocus ? " focused" : ""}${moment.path.endsWith(".new") ? " whole" : ""}`,
      "data-key": `station ${moment.path}`,
      "aria-label": `${short(quantity.symbol.text)}: ${moment.phase}, ${quantity.meaning}`,
      "aria-current": isNow ? "step" : null,
      title: `${short(quantity.symbol.text)}: ${quantity.meaning}`,
      click: () => app.go(place),
    },
    name,
  );
}
