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
  app.listen(() => refill(stations, phasesOf(app).map((moments) => phase(app, moments))));
  label();
  return element(
    "nav",
    { class: `scrubber${isShort(app) ? " staying" : ""}`, "aria-label": "moments of the step" },
    h("div", { class: "steps" }, step(-1, "◂", "previous moment"), step(1, "▸", "next moment"), play),
    stations,
  );
}

/** Whether the stations may stay in sight while the page scrolls: they hide what is under them. */
function isShort(app: App): boolean {
  const letters = app.moments.map(({ path }) => nameOf(app.step.find(path)!)[1].length + AROUND);
  return letters.reduce((total, one) => total + one, 0) <= STAYING;
}

/** Whose a quantity is, where its name says so, and what it is: residual1.dense1 and m(W). */
function nameOf(quantity: Quantity): [string, string] {
  const text = short(quantity.symbol.text);
  const [, of = "", owner = "", own = text] = /^(\w+\()?((?:\w+\.)+)(.*)$/.exec(text) ?? [];
  return [brief(owner.slice(0, -1)), of + own];
}

function phasesOf(app: App): Moment[][] {
  const phases: Moment[][] = [];
  for (const moment of app.moments) {
    if (phases.at(-1)?.[0]!.phase === moment.phase) phases.at(-1)!.push(moment);
    else phases.push([moment]);
  }
  return phases;
}

function phase(app: App, moments: Moment[]): Tree {
  const word = moments[0]!.phase;
  return h(
    "div",
    { class: "phase", role: "group", "aria-label": word },
    h("span", { class: "phase-name", "aria-hidden": "true" }, word),
    h("div", { class: "row" }, stations(app, moments)),
  );
}

/** A station for each moment; whose they are is said once for all in a run. */
function stations(app: App, moments: Moment[]): Tree[] {
  const runs: { owner: string; made: Tree[] }[] = [];
  for (const moment of moments) {
    const quantity = app.step.find(moment.path)!;
    const [owner, name] = nameOf(quantity);
    if (runs.at(-1)?.owner !== owner) runs.push({ owner, made: [] });
    runs.at(-1)!.made.push(station(app, moment, quantity, name));
  }
  return runs.flatMap(({ owner, made }) => (owner
    ? [h("div", { class: "run" }, h("span", { class: "owner", "aria-hidden": "true" }, owner), made)] : made));
}

function station(app: App, moment: Moment, quantity: Quantity, name: string): Tree {
  const place = app.moments.indexOf(moment);
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
