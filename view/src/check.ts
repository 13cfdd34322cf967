// Check my work: the result is hidden; the reader computes it, types it and is told whether it is right.

import type { App, NumberAddress } from "./app";
import { h } from "./dom";
import { exact, isNumber, seemsExact, shown, typed } from "./numbers";
import { agrees, FEWEST_DIGITS, isRightSoFar } from "./rounding";
import type { Diagnosis } from "./slips";
import { diagnosed } from "./slips";
import type { Step } from "./step";
import { address } from "./step";

/** So many other slips that give the same number are named. */
const MOST_OTHERS = 3;

/** So many digits of a slip's number are the same in every order of summing; fewer in float32. */
const SAME_DIGITS = 8;
const SAME_DIGITS_NARROW = 4;

/** The form for the reader's own value of the number in focus. */
export function checkWork(app: App, { quantity, index }: NumberAddress): HTMLElement {
  const field = h("input", {
    class: "mono", type: "text", inputmode: "decimal", size: 12, "data-key": "mine", autocomplete: "off",
    "aria-label": `your value of ${address(quantity.path, index)}`,
  });
  const verdict = h("div", { class: "verdict", role: "status" });
  const say = (...sentences: string[]) => verdict.replaceChildren(...sentences.map((text) => h("p", {}, text)));
  const check = (event: Event) => {
    event.preventDefault();
    say(...judged(app.step, { quantity, index }, field.value).said);
  };
  const give = () => {
    const right = app.step.at(quantity, index);
    say(...(right === undefined ? [] : [`It is ${exact(right, quantity.dtype)}.`]));
  };
  return h("div", { class: "check" },
    h("form", { submit: check },
      h("label", {}, "Your value ", field),
      h("button", { type: "submit" }, "check"),
      h("button", { type: "button", click: give }, "show it")),
    verdict);
}

/** What is said of a reader's value, sentence by sentence; and what was found where it is wrong. */
export interface Judgement {
  said: string[];
  found: Diagnosis | null;
}

export function judged(step: Step, asked: NumberAddress, written: string): Judgement {
  const mine = typed(written);
  // The numbers on the page have four digits, so that what is computed from them has three.
  const text = mine !== undefined && !isNumber(written) ? mine.toPrecision(FEWEST_DIGITS) : written;
  const right = step.at(asked.quantity, asked.index);
  const only = (said: string) => ({ said: [said], found: null });
  if (mine === undefined) return only("That is neither a number nor arithmetic such as (0.45 - 1)/6.");
  if (right === undefined) return only("The page does not have this number.");
  if (isRightSoFar(mine, right, text)) return only(`Right so far: ${shown(mine)}. Give three digits, please.`);
  if (agrees(mine, right, text)) return only(`Right: ${exact(right, asked.quantity.dtype)}.`);
  const most = asked.quantity.dtype === "float32" ? SAME_DIGITS_NARROW : SAME_DIGITS;
  const found = diagnosed(step, asked, (value) => agrees(mine, value, text, most));
  const related = () => statement(step, asked, mine, right, text);
  return { said: [...explained(found, related), ...unknownSlips(step, asked, found, text)], found };
}

function explained({ convention, ways }: Diagnosis, otherwise: () => string): string[] {
  if (!ways.length) return [convention ? `Right in another convention: ${convention.sentence}.` : otherwise()];
  const first = ways[0]!;
  const causes = [...new Set(ways.map((way) => way.map(({ name }) => name).join(" + ")))];
  const said = [`Not quite. ${first.map(({ name, sentence }) => `${name}: ${sentence}.`).join(" ")}`];
  const others = kinds(causes).slice(1, MOST_OTHERS + 1);
  if (others.length) said.push(`The same number also comes from: ${others.join("; ")}.`);
  if (convention) said.push(`It was read so: ${convention.sentence}.`);
  return said;
}

/** The causes without those that tell the same slip of one part or one layer. */
function kinds(causes: string[]): string[] {
  const told: string[] = [];
  for (const cause of causes) {
    const isTold = told.some((one) => ["in", ", in", ", and"].some((word) =>
      cause.startsWith(`${one}${word[0] === "," ? "" : " "}${word} `)));
    if (!isTold) told.push(cause);
  }
  return told;
}

/** How a wrong number is related to the right one. */
function statement(step: Step, { quantity, index }: NumberAddress, mine: number, right: number, text: string): string {
  const isFirst = quantity.path.endsWith(".new");
  const parameter = isFirst ? step.find(quantity.path.slice(0, -".new".length)) : undefined;
  const before = parameter && step.at(parameter, index);
  if (before !== undefined && agrees(mine, before, text)) return "Not quite: yours is the value before the update.";
  if (mine === 0) return "Not quite: yours is 0.";
  if (agrees(-mine, right, text)) return "Not quite: the size is right, but the sign is wrong.";
  const factors = step.payload.slips?.factors ?? [];
  const named = factors.find(({ value }) => agrees(mine, value * right, text));
  if (named) return `Not quite${comparison(mine / right)}: ${named.words}.`;
  if (before !== undefined) {
    const change = factors.find(({ value }) => agrees(mine, before + value * (right - before), text));
    if (change) return `Not quite: your update is ${shown(change.value)} times the recorded one: ${change.words}.`;
  }
  return `Not quite${comparison(mine / right)}.`;
}

/** The sentence on the slips that the page cannot compute; none where it can compute all. */
function unknownSlips(step: Step, { quantity, index }: NumberAddress, { unknown }: Diagnosis, text: string): string[] {
  const known = step.payload.slips?.slips.length;
  if (known === undefined) return ["This page has no known slips to look for."];
  if (!unknown.length) return [];
  const some = unknown.slice(0, 2).map((name) => `“${name}”`).join(" and ");
  const which = `${unknown.length} of the ${known} known slips`;
  if (step.changed) return [`${which}, such as ${some}, are known for the recorded step only, not for this what-if.`];
  return [
    `${which}, such as ${some}, need numbers that this page does not have. In Python, ` +
    `step.check({"${address(quantity.path, index)}": ${text.trim().replace(",", ".").replace("−", "-")}}) looks for them too.`,
  ];
}

/** How a wrong value compares with the right one, of which it is `factor` times. */
export function comparison(factor: number): string {
  if (!Number.isFinite(factor) || Math.abs(factor) <= 1e-3) return "";
  if (shown(factor) === "1") return ": close, but not all the typed digits are right";
  return `: your value is ${seemsExact(factor) ? "about " : ""}${shown(factor)} times the recorded one`;
}
