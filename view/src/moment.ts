// The panel of the quantity in focus: its place in the step, its meaning, its equation, and why the
// number is as it is.

import type { App } from "./app";
import { addedNow } from "./arcs";
import { h as element } from "./dom";
import type { Child, Tree } from "./tree";
import { h, refill } from "./tree";
import { equation } from "./mathml";
import { equals, shown } from "./numbers";
import type { Quantity } from "./payload";
import { reasonOf } from "./reason";

export function momentPanel(app: App): HTMLElement {
  const panel = element("div", { class: "moment" });
  app.listen(() => refill(panel, contents(app)));
  return panel;
}

function contents(app: App): Tree[] {
  const { quantity } = app.focus;
  const known = app.step.payload.equations[quantity.path];
  return [
    h("h2", {}, h("span", { class: "when" }, placeOf(app, quantity)), ` ${quantity.meaning}`),
    h("div", { class: "equation", tabindex: "0", role: "group", "aria-label": "equation" },
      equation(known ? { ...known, mathml: whole(known.mathml, quantity) } : quantity.symbol)),
    h("p", { class: "reason" }, app.hiding ? null : [reasonOf(app), " ", strongest(app, quantity)]),
  ];
}

/** Where a quantity stands in the step: backward 2 of 8. */
function placeOf(app: App, quantity: Quantity): string {
  const moment = app.moments.find(({ path }) => path === quantity.path);
  return moment && moment.phase !== "given" ? `${moment.phase} ${moment.place} of ${moment.of}` : "given";
}

/** An equation with its left side, which the page has once: it is the quantity's symbol. */
const whole = (mathml: string, { symbol }: Quantity) =>
  mathml.startsWith("<mo>=</mo>") ? symbol.mathml + mathml : mathml;

/** The way to the strongest number of the quantity, where another one is in focus. */
function strongest(app: App, quantity: Quantity): Child {
  const index = app.strongest(quantity);
  const value = app.step.at(quantity, index);
  if (!index.length || value === undefined || index.join() === app.focus.index.join()) return null;
  return h("button", { type: "button", class: "link", "data-key": "strongest", click: () => app.openStrongest(quantity) },
    `strongest: ${placesOf(app, quantity, index)}, ${shown(value)}`);
}

const placesOf = (app: App, quantity: Quantity, index: number[]) =>
  index.map((place, axis) => app.step.label(quantity, axis, place)).join(", ");

/** The moment as a sentence, for screen readers. */
export function momentSentence(app: App): string {
  const { now, here } = app;
  const known = app.step.payload.equations[here.path];
  const when = now.phase === "given" ? "Given" : `${capitalised(now.phase)} ${now.place} of ${now.of}`;
  const what = `${here.meaning}${known ? `: ${known.text}` : ""}`;
  return `${when}. ${what}.${addedNow(app)} ${app.hiding ? "Numbers are hidden." : [strongestSentence(app, here), focusSentence(app), reasonOf(app)].filter(Boolean).join(" ")}`;
}

/** The number in focus, where it is not the strongest of the moment. */
function focusSentence(app: App): string {
  const { quantity, index } = app.focus;
  const value = app.step.at(quantity, index);
  if (value === undefined || (quantity === app.here && index.join() === app.strongest(quantity).join())) return "";
  const where = placesOf(app, quantity, index);
  return `In focus: ${quantity.meaning}${where ? `, ${where}` : ""}, ${shown(value)}.`;
}

const capitalised = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

function strongestSentence(app: App, quantity: Quantity): string {
  const index = app.strongest(quantity);
  const value = app.step.at(quantity, index);
  if (value === undefined) return "";
  const about = equals(value) === "≈" ? "about " : "";
  return index.length ? `Strongest ${about}${shown(value)}, at ${placesOf(app, quantity, index)}.` : `It is ${about}${shown(value)}.`;
}
