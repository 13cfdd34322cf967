// Check my work: the result is hidden; the reader computes it, types it and is told whether it is right.

import type { App, NumberAddress } from "./app";
import { h } from "./dom";
import { exact, seemsExact, shown, typed } from "./numbers";
import { number } from "./payload";
import { address, flat } from "./step";

/** The form for the reader's own value of the number in focus. */
export function checkWork(app: App, { quantity, index }: NumberAddress): HTMLElement {
  const field = h("input", {
    class: "mono", type: "text", inputmode: "decimal", size: 12, "data-key": "mine", autocomplete: "off",
    "aria-label": `your value of ${address(quantity.path, index)}`,
  });
  const verdict = h("p", { class: "verdict", role: "status" });
  const check = (event: Event) => {
    event.preventDefault();
    const mine = typed(field.value);
    const right = app.step.at(quantity, index);
    if (mine === undefined) verdict.textContent = "That is not a number.";
    else if (right === undefined) verdict.textContent = "The page does not have this number.";
    else verdict.textContent = judged(app, { quantity, index }, mine, right, field.value);
  };
  const give = () => {
    const right = app.step.at(quantity, index);
    verdict.textContent = right === undefined ? "" : `It is ${exact(right, quantity.dtype)}.`;
  };
  return h("div", { class: "check" },
    h("form", { submit: check },
      h("label", {}, "Your value ", field),
      h("button", { type: "submit" }, "check"),
      h("button", { type: "button", click: give }, "show it")),
    verdict);
}

function judged(app: App, { quantity, index }: NumberAddress, mine: number, right: number, text: string): string {
  if (agrees(mine, right, text)) return `Right: ${exact(right, quantity.dtype)}.`;
  const place = flat(quantity.shape, index);
  const slip = app.step.payload.slips?.find(({ values }) => {
    const slipped = values[quantity.path]?.[place];
    return slipped !== undefined && agrees(mine, number(slipped), text);
  });
  if (slip) return `Not quite. ${slip.name}: ${slip.sentence}.`;
  if (agrees(-mine, right, text)) return "Not quite: the size is right, but the sign is wrong.";
  return `Not quite${comparison(mine / right)}.`;
}

/** How a wrong value compares with the right one, of which it is `factor` times. */
export function comparison(factor: number): string {
  if (!Number.isFinite(factor) || Math.abs(factor) <= 1e-3) return "";
  if (shown(factor) === "1") return ": close, but not all the typed digits are right";
  return `: your value is ${seemsExact(factor) ? "about " : ""}${shown(factor)} times the recorded one`;
}

/** Whether a typed number is right in all its typed digits, and in three digits at least. */
export function agrees(mine: number, right: number, text: string): boolean {
  if (Object.is(mine, right) || mine === right) return true;
  if (!Number.isFinite(mine) || !Number.isFinite(right)) return false;
  const digits = text.replace(/e.*$/i, "").replace(/[^\d]/g, "").replace(/^0+/, "").length;
  const significant = Math.min(Math.max(digits, 3), 15);
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(right) || 1e-300)) + 1 - significant);
  return Math.abs(mine - right) <= 0.5000001 * unit || mine === Number(right.toPrecision(significant));
}
