// The step from end to end: a station for each quantity, in the order of computation.

import type { App } from "./app";
import { h as element } from "./dom";
import type { Tree } from "./tree";
import { h, refill } from "./tree";
import type { Moment } from "./app";
import type { Quantity } from "./payload";
import { brief, short } from "./names";

const PLAY_MS = 1400;
/** Stations of so many letters, with the room around each, are three lines: few enough to stay in reach. */
const [STAYING, AROUND] = [320, 3];

export function scrubber(app: App): HTMLElement {
  const stations = element("div", { class: "stations" });
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
  const stops = stopsOf(app);
  const phases = stretches(stops, ({ moment }) => moment.phase).map((some) => stretches(some, ({ owner }) => owner));
  app.listen(() => refill(stations, phases.map((runs) => phase(app, runs))));
  label();
  return element(
    "nav",
    { class: `scrubber${isShort(stops) ? " staying" : ""}`, "aria-label": "moments of the step" },
    h("div", { class: "steps" }, step(-1, "◂", "previous moment"), step(1, "▸", "next moment"), play),
    stations,
  );
}

/** A moment as the line of stations has it: whose its quantity is, and what it is called there. */
interface Station {
  place: number;
  moment: Moment;
  quantity: Quantity;
  owner: string;
  name: string;
}

function stopsOf(app: App): Station[] {
  return app.moments.map((moment, place) => {
    const quantity = app.step.find(moment.path)!;
    return { place, moment, quantity, ...nameOf(quantity) };
  });
}

/** Whether the stations may stay in sight while the page scrolls: they hide what is under them. */
function isShort(stops: Station[]): boolean {
  return stops.reduce((total, { name }) => total + name.length + AROUND, 0) <= STAYING;
}

/** Whose a quantity is, where its name says so, and what it is: residual1.dense1 and m(W). */
function nameOf(quantity: Quantity): { owner: string; name: string } {
  const text = short(quantity.symbol.text);
  const [, of = "", owner = "", own = text] = /^(\w+\()?((?:\w+\.)+)(.*)$/.exec(text) ?? [];
  return { owner: brief(owner.slice(0, -1)), name: of + own };
}

/** The stretches of a line in which neighbours have the same key. */
function stretches(stops: Station[], key: (stop: Station) => string): Station[][] {
  const found: Station[][] = [];
  for (const stop of stops) {
    const last = found.at(-1);
    if (last && key(last[0]!) === key(stop)) last.push(stop);
    else found.push([stop]);
  }
  return found;
}

function phase(app: App, runs: Station[][]): Tree {
  const word = runs[0]![0]!.moment.phase;
  return h(
    "div",
    { class: "phase", role: "group", "aria-label": word },
    h("span", { class: "phase-name", "aria-hidden": "true" }, word),
    h("div", { class: "row" }, runs.flatMap((stops) => run(app, stops))),
  );
}

/** Stations of one owner, who is said once for all. */
function run(app: App, stops: Station[]): Tree[] {
  const { owner } = stops[0]!;
  const made = stops.map((stop) => station(app, stop));
  return owner ? [h("div", { class: "run" }, h("span", { class: "owner", "aria-hidden": "true" }, owner), made)] : made;
}

function station(app: App, { place, moment, quantity, name }: Station): Tree {
  const isNow = place === app.moment;
  const isLooked = !isNow && app.focus.quantity === quantity;
  return h(
    "button",
    {
      type: "button",
      class: `station${isNow ? " now" : ""}${place < app.moment ? " past" : ""}${isLooked ? " looked" : ""}${moment.path.endsWith(".new") ? " whole" : ""}`,
      "data-key": `station ${moment.path}`,
      "aria-label": `${short(quantity.symbol.text)}: ${moment.phase}, ${quantity.meaning}`,
      "aria-current": isNow ? "step" : null,
      title: `${short(quantity.symbol.text)}: ${quantity.meaning}`,
      click: () => app.go(place),
    },
    name,
  );
}
