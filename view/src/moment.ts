// The panel of the current moment: its place in the step, its meaning and its equation.

import type { App } from "./app";
import { addedNow } from "./arcs";
import { h as element } from "./dom";
import type { Tree } from "./tree";
import { h, refill } from "./tree";
import { equation } from "./mathml";
import { equals, shown } from "./numbers";
import type { Quantity } from "./payload";

export function momentPanel(app: App): HTMLElement {
  const panel = element("div", { class: "moment" });
  app.listen(() => refill(panel, contents(app)));
  return panel;
}

function contents(app: App): Tree[] {
  const { now, here } = app;
  const known = app.step.payload.equations[here.path];
  const when = now.phase === "given" ? "given" : `${now.phase} ${now.place} of ${now.of}`;
  return [
    h("h2", {}, h("span", { class: "when" }, when), ` ${here.meaning}`),
    h("div", { class: "equation", tabindex: "0", role: "group", "aria-label": "equation" },
      equation(known ? { ...known, mathml: whole(known.mathml, here) } : here.symbol)),
  ];
}

/** An equation with its left side, which the page has once: it is the quantity's symbol. */
const whole = (mathml: string, { symbol }: Quantity) =>
  mathml.startsWith("<mo>=</mo>") ? symbol.mathml + mathml : mathml;

/** The moment as a sentence, for screen readers. */
export function momentSentence(app: App): string {
  const { now, here } = app;
  const known = app.step.payload.equations[here.path];
  const when = now.phase === "given" ? "Given" : `${capitalised(now.phase)} ${now.place} of ${now.of}`;
  const what = `${here.meaning}${known ? `: ${known.text}` : ""}`;
  return `${when}. ${what}.${addedNow(app)} ${app.hiding ? "Numbers are hidden." : strongestSentence(app, here)}`;
}

const capitalised = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

function strongestSentence(app: App, quantity: Quantity): string {
  const index = app.strongest(quantity);
  const value = app.step.at(quantity, index);
  if (value === undefined) return "";
  const about = equals(value) === "≈" ? "about " : "";
  if (!index.length) return `It is ${about}${shown(value)}.`;
  const places = index.map((place, axis) => app.step.label(quantity, axis, place));
  return `Strongest ${about}${shown(value)}, at ${places.join(", ")}.`;
}
