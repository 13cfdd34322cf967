// What if a given number were another? The whole step is computed again in the page and marked so.

import type { App, NumberAddress } from "./app";
import { unraveled } from "./primitives/cells";
import { h } from "./dom";
import { exact, shown, typed } from "./numbers";
import type { Quantity } from "./payload";
import { address, flat } from "./step";
import { cellName, math } from "./primitives/write";
import { refill } from "./tree";

/** A field for another value of a given number. */
export function supposition(app: App, { quantity, index }: NumberAddress): HTMLElement | null {
  if (!app.recorded.isWhole || !isFree(app, quantity)) {
    return h("p", { class: "quiet" }, "Given: it was not computed in this step.");
  }
  if (quantity.path === "t" && app.step.payload.loss.name === "CrossEntropy") return aim(app, { quantity, index });
  const place = flat(quantity.shape, index);
  const value = app.step.at(quantity, index)!;
  const isChanged = app.changes.has(`${quantity.path}#${place}`);
  const message = h("span", { class: "message", role: "status" });
  const field = h("input", {
    class: "mono", type: "text", inputmode: "decimal", size: 12, value: exact(value),
    "data-key": "suppose", "aria-label": `what if ${address(quantity.path, index)} were`,
    autocomplete: "off", spellcheck: "false",
  });
  const put = (event: Event) => {
    event.preventDefault();
    const number = typed(field.value);
    if (number === undefined) message.textContent = "not a number";
    else app.suppose(quantity, place, number);
  };
  return h("form", { class: "suppose", submit: put },
    h("span", { class: "quiet" }, "given. "),
    h("label", {}, "What if it were ", field),
    h("button", { type: "submit" }, "compute"),
    isChanged ? h("button", { type: "button", click: () => app.suppose(quantity, place, undefined) }, "put back") : null,
    message);
}

/** A row has one class as its target, or shares that sum to one: a class is chosen as a whole. */
function aim(app: App, { quantity, index }: NumberAddress): HTMLElement {
  const [row, target] = index as [number, number];
  const isTarget = app.step.at(quantity, index) === 1;
  return h("p", { class: "suppose" }, h("span", { class: "quiet" }, "given. "),
    isTarget ? `${app.step.label(quantity, 0, row)} has this target.`
      : h("button", { type: "button", class: "link", "data-key": "aim", click: () => app.aim(quantity, row, target) },
          `What if ${app.step.label(quantity, 1, target)} were the target of ${app.step.label(quantity, 0, row)}?`));
}

/** Whether a given number may be supposed another: inputs, targets, parameters, the learning rate. */
function isFree(app: App, { path }: Quantity): boolean {
  const { layers } = app.step.payload;
  return ["x", "t", "rate"].includes(path) || layers.some(({ parameters }) => parameters.includes(path));
}

/** What is changed, what became of the loss, and the way back. */
export function whatIfBanner(app: App): HTMLElement {
  const banner = h("div", { class: "what-if", role: "status" });
  app.listen(() => {
    banner.hidden = app.changes.size === 0;
    refill(banner, banner.hidden ? null : contents(app));
  });
  banner.hidden = true;
  return banner;
}

function contents(app: App): (Node | string)[] {
  const changed = [...app.changes].map(([key, value]) => {
    const [path, place] = key.split("#") as [string, string];
    const quantity = app.step.find(path)!;
    const index = unraveled(quantity.shape, Number(place));
    const before = app.recorded.at(quantity, index)!;
    return h("span", { class: "nowrap" }, math(cellName(quantity, index)), " ",
      h("span", { class: "mono" }, `${shown(before)} → ${shown(value)}`));
  });
  return [
    h("strong", {}, "What if"),
    h("span", { class: "changes" }, ...changed.flatMap((one, place) => (place ? [", ", one] : [one]))),
    h("span", { class: "quiet" }, `Every number below was computed again in this page${
      app.step.find("x")!.dtype === "float32" ? ", in float64" : ""}${
      app.step.find("length") && !app.step.find("clip") ? ", without clipping" : ""}.`),
    h("button", { type: "button", "data-key": "rewind", click: () => app.rewind() }, "rewind"),
  ];
}
