// What if a given number had another value? The page computes the whole step again, and says so.

import type { App, NumberAddress } from "./app";
import { unraveled } from "./primitives/cells";
import { h } from "./dom";
import { exact, shown, typed } from "./numbers";
import type { Quantity } from "./payload";
import { address, flat } from "./step";
import { cellName, math } from "./primitives/write";
import { refill } from "./tree";

/** The form for another value of a given number. */
export function whatIfForm(app: App, { quantity, index }: NumberAddress): HTMLElement | null {
  if (!app.recorded.isComplete || !isChangeable(app, quantity)) {
    return h("p", { class: "quiet" }, "Given: this number was not computed in this step.");
  }
  if (quantity.path === "t" && app.step.payload.loss.name === "CrossEntropy") return targetForm(app, { quantity, index });
  const place = flat(quantity.shape, index);
  const value = app.step.at(quantity, index)!;
  const isChanged = app.changes.has(`${quantity.path}#${place}`);
  const message = h("span", { class: "message", role: "status" });
  const field = h("input", {
    class: "mono", type: "text", inputmode: "decimal", size: 12, value: exact(value),
    "data-key": "suppose", "aria-label": `another value of ${address(quantity.path, index)}`,
    autocomplete: "off", spellcheck: "false",
  });
  const put = (event: Event) => {
    event.preventDefault();
    const number = typed(field.value);
    if (number === undefined) message.textContent = "not a number";
    else app.changeGiven(quantity, place, number);
  };
  return h("form", { class: "what-if-form", submit: put },
    h("label", {}, "Try another value: ", field),
    h("button", { type: "submit" }, "compute"),
    isChanged ? h("button", { type: "button", click: () => app.changeGiven(quantity, place, undefined) }, "reset") : null,
    message);
}

/** The form for another target class. The targets of a row sum to one, so a whole class is chosen. */
function targetForm(app: App, { quantity, index }: NumberAddress): HTMLElement {
  const [row, target] = index as [number, number];
  const isTarget = app.step.at(quantity, index) === 1;
  return h("p", { class: "what-if-form" },
    isTarget ? `This class is the target of ${app.step.label(quantity, 0, row)}.`
      : h("button", { type: "button", class: "link", "data-key": "target", click: () => app.makeTarget(quantity, row, target) },
          `Make ${app.step.label(quantity, 1, target)} the target of ${app.step.label(quantity, 0, row)}`));
}

/** Whether a given number may be changed: inputs, targets, parameters, the learning rate. */
function isChangeable(app: App, { path }: Quantity): boolean {
  const { layers } = app.step.payload;
  return ["x", "t", "rate"].includes(path) || layers.some(({ parameters }) => parameters.includes(path));
}

/** The banner of a what-if: the changed numbers, and the button that undoes all. */
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
    h("span", { class: "quiet" }, `This page computed every number below again${
      app.step.find("x")!.dtype === "float32" ? ", in float64" : ""}${
      app.step.find("length") && !app.step.find("clip") ? ", without clipping" : ""}.`),
    h("button", { type: "button", "data-key": "undo all", click: () => app.undoAll() }, "undo all"),
  ];
}
