// The change of one parameter and its parts (gradient, penalty, momentum and others) as bars. Each bar
// begins where the one before it ends, so that the last one ends at the change.

import type { App, NumberAddress } from "./app";
import type { Tree } from "./tree";
import { h, s } from "./tree";
import { exact, shown } from "./numbers";
import type { Quantity } from "./payload";

const MARGIN = 6;

interface ChangePart {
  name: string;
  sentence: string;
  value: number;
}

/** The change of a parameter's number, and its parts; null where the step has none. */
function changeOf(app: App, { quantity, index }: NumberAddress): { parameter: string; change: number; parts: ChangePart[] } | null {
  const parameter = parameterOf(app, quantity);
  const { update } = app.step.payload;
  if (!parameter || !update) return null;
  const at = (path: string) => {
    const found = app.step.find(path);
    return found && app.step.at(found, index);
  };
  const change = at(`${parameter}.change`);
  if (change === undefined) return null;
  const parts = update.parts.flatMap(({ name, sentence }): ChangePart[] => {
    const value = at(`${parameter}.part.${name}`);
    return value === undefined ? [] : [{ name, sentence, value }];
  });
  return { parameter, change, parts };
}

/** The change in one sentence, with its largest part; empty for a number that is not one after the update. */
export function changeSentence(app: App): string {
  const found = app.focus.quantity.path.endsWith(".new") ? changeOf(app, app.focus) : null;
  if (!found) return "";
  const { change, parts } = found;
  if (!change) return "It does not change.";
  const most = parts.reduce((best, one) => (one.value * Math.sign(change) > best.value * Math.sign(change) ? one : best), parts[0]!);
  const cause = parts.length > 1 ? `; the ${most.name} asks for most of it, ${shown(most.value)}` : "";
  return `It goes ${change > 0 ? "up" : "down"} by ${shown(Math.abs(change))}${cause}.`;
}

export function updateBar(app: App, { quantity, index }: NumberAddress): Tree | null {
  const found = changeOf(app, { quantity, index });
  if (!found?.parts.length) return null;
  const { parameter, change, parts } = found;
  let so_far = 0;
  const ends = [0, ...parts.map(({ value }) => (so_far += value))];
  const low = Math.min(...ends, change);
  const high = Math.max(...ends, change);
  const width = window.innerWidth < 560 ? 104 : 220;
  const x = (value: number) => MARGIN + ((value - low) / (high - low || 1)) * (width - 2 * MARGIN);
  const gradient = app.step.find(parameter.replace(/([^.]+)$/, "d$1"));
  const open = (name: string) => (name === "gradient" && gradient ? () => app.open(gradient, index, true) : null);
  const rows = parts.map((part, place) => line(part, x(ends[place]!), x(ends[place + 1]!), x(0), width, open(part.name)));
  const total = { name: "change", sentence: "the sum of the parts, which is added to the parameter", value: change };
  return h("div", { class: "update box" }, h("table", {},
    h("caption", {}, "the parts of the change"),
    h("tbody", {}, rows),
    h("tfoot", {}, line(total, x(0), x(change), x(0), width))));
}

/** The path of the parameter that a quantity of the update belongs to; null if there is none. */
function parameterOf(app: App, quantity: Quantity): string | null {
  const path = quantity.path.replace(/\.(new|change|part\..*)$/, "");
  const isParameter = app.step.payload.layers.some(({ parameters }) => parameters.includes(path));
  return isParameter && quantity.phase === "update" ? path : null;
}

function line(
  { name, sentence, value }: ChangePart, from: number, to: number, zero: number, width: number, open: (() => void) | null = null,
): Tree {
  return h("tr", { title: sentence },
    h("th", { scope: "row" }, open
      ? h("button", { type: "button", class: "link", "data-key": `part ${name}`, title: "what each row asks for", click: open }, name) : name),
    h("td", { class: "figure mono", title: exact(value) }, shown(value)),
    h("td", {}, !Number.isFinite(from + to) ? null : s("svg", { class: "bar", width, height: 14, "aria-hidden": "true" },
      s("rect", { class: value < 0 ? "negative" : "positive", x: Math.min(from, to), y: 3,
        width: Math.max(1, Math.abs(to - from)), height: 8 }),
      s("line", { class: "axis", x1: zero, x2: zero, y1: 0, y2: 14 }))));
}
