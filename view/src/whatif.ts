// What if a given number had another value? The page computes the whole step again, and says so.

import type { App, NumberAddress } from "./app";
import { unraveled } from "./primitives/cells";
import { h as element } from "./dom";
import { exact, shown, typed } from "./numbers";
import { coded } from "./coding";
import type { NumberInputs, Quantity, Standardised } from "./payload";
import { address, flat } from "./step";
import { cellName, math } from "./primitives/write";
import type { Child, Tree } from "./tree";
import { h, refill } from "./tree";

/** Why a given number cannot be changed in the page; empty where it can. */
function fixed(app: App, quantity: Quantity): string {
  if (!isChangeable(app, quantity)) return "Given: this number was not computed in this step.";
  return app.recorded.isComplete ? "" : "Given. It cannot be changed here: the page does not have every number that the step is computed from.";
}

/** How far the slider goes to both sides of a recorded number: three standard deviations, or twice its size. */
function reach(how: Standardised | null, value: number): number {
  return how ? 3 * how.sd : Math.max(1, 2 * Math.abs(value));
}

/** The form for another value of a given number, in the units of the table where they are known. */
export function whatIfForm(app: App, { quantity, index }: NumberAddress): Tree {
  const why = fixed(app, quantity);
  if (why) return h("p", { class: "quiet" }, why);
  if (quantity.path === "t" && app.step.payload.loss.name === "CrossEntropy") return targetForm(app, { quantity, index });
  const code = app.step.code(quantity, index);
  if (code) return cellForm(app, { quantity, index }, code);
  const place = flat(quantity.shape, index);
  const how = app.step.standardised(quantity, index);
  const told = (value: number) => app.step.given(quantity, index, value)?.value ?? value;
  const [recorded, now] = [app.recorded.at(quantity, index)!, app.step.at(quantity, index)!];
  const wide = reach(how, told(recorded));
  return valueForm(address(quantity.path, index), {
    label: how ? `${how.name}: ` : "Try another value: ", now: told(now), range: [told(recorded) - wide, told(recorded) + wide],
    isChanged: app.changes.has(`${quantity.path}#${place}`),
    take: (value) => app.changeGiven(quantity, place, value === undefined || value === told(recorded) ? undefined : how ? (value - how.mean) / how.sd : value),
    note: how ? `the network sees ${shown(now)}: (value − ${shown(how.mean)}) / ${shown(how.sd)}` : "",
  });
}

/** A number that may be another: what it is now, how far the slider goes, and what takes it; undefined resets it. */
interface ValueForm {
  label: string;
  now: number;
  range: [number, number];
  isChanged: boolean;
  take(value: number | undefined): void;
  note: string;
}

function valueForm(name: string, { label, now, range: [low, high], isChanged, take, note }: ValueForm): Tree {
  const put = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const number = typed(form.querySelector("input")!.value);
    form.querySelector(".message")!.textContent = number === undefined ? "not a number" : "";
    if (number !== undefined) take(number);
  };
  return h("form", { class: "what-if-form", submit: put, "data-key": `form ${name}` },
    h("label", {}, label, h("input", {
      class: "mono", type: "text", inputmode: "decimal", size: 10, value: exact(now), "data-key": "suppose",
      "aria-label": `another value of ${name}`, autocomplete: "off", spellcheck: "false",
    })),
    h("button", { type: "submit" }, "compute"),
    h("button", { type: "button", disabled: !isChanged, click: () => take(undefined) }, "reset"),
    h("input", {
      class: "slider", type: "range", min: low, max: high, step: "any", value: now, "data-key": "slide",
      "aria-label": `slide ${name}`, input: (event: Event) => take(Number((event.target as HTMLInputElement).value)),
    }),
    note ? h("span", { class: "quiet small" }, note) : null,
    h("span", { class: "message", role: "status" }));
}

/** The form for another number in the table: all inputs that it becomes change with it. */
function cellForm(app: App, { quantity, index }: NumberAddress, code: NumberInputs): Tree {
  const [row, first] = index as [number, number];
  const places = code.center.map((_, at) => flat(quantity.shape, [row, first + at]));
  const recorded = app.recorded.cell(quantity, index)!;
  const isChanged = places.some((place) => app.changes.has(`${quantity.path}#${place}`));
  const name = app.step.columnName(index)!;
  const typedNow = parseFloat(recorded.replace("−", "-"));
  return valueForm(name, {
    label: `${name}: `, isChanged, range: [code.median - 3 * code.scale, code.median + 3 * code.scale],
    now: isChanged ? app.step.given(quantity, index)!.value : Number.isNaN(typedNow) ? code.median : typedNow,
    take: (value) => {
      const inputs = value === undefined ? null : coded(code, value);
      app.changeAll(quantity, places.map((place, at) => [place, inputs?.[at]]));
    },
    note: `the table has ${recorded}; it becomes ${code.center.length} input${code.center.length === 1 ? "" : "s"}`,
  });
}

/** The form for another target class. The targets of a row sum to one, so a whole class is chosen. */
function targetForm(app: App, { quantity, index }: NumberAddress): Tree {
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

/** The line under the loss: its convention, or the changed numbers of a what-if and the button that undoes all. */
export function whatIfBanner(app: App, otherwise: Child): HTMLElement {
  const banner = element("div", { role: "status" });
  app.listen(() => {
    banner.className = app.changes.size ? "what-if" : "convention quiet";
    refill(banner, app.changes.size ? contents(app) : otherwise);
  });
  return banner;
}

function contents(app: App): Child[] {
  const changed = [...app.changes].map(([key, value]) => {
    const [path, place] = key.split("#") as [string, string];
    const quantity = app.step.find(path)!;
    const index = unraveled(quantity.shape, Number(place));
    const before = app.recorded.at(quantity, index)!;
    const words = (one: number) => app.step.given(quantity, index, one)?.text ?? shown(one);
    return h("span", { class: "nowrap" }, math(cellName(quantity, index)), " ",
      h("span", { class: "mono" }, `${words(before)} → ${words(value)}`));
  });
  return [
    h("strong", {}, "What if"),
    h("span", { class: "changes" }, changed.flatMap((one, place) => (place ? [", ", one] : [one]))),
    h("button", { type: "button", "data-key": "undo all", click: () => app.undoAll() }, "undo all"),
    h("span", { class: "quiet" }, `every number is computed again${
      app.step.find("x")!.dtype === "float32" ? ", in float64" : ""}${
      app.step.find("length") && !app.step.find("clip") ? ", without clipping" : ""}`),
  ];
}
