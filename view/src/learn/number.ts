// The weight that is followed: its gradient as an equation with numbers, the pull of each row, the step it is
// about to take. Any number of the equation opens in turn.

import { h } from "../dom";
import type { Formula, Lookup, Total } from "../formula";
import { cellsOf, evaluated, sumIn, termsOf, valuesOf } from "../formula";
import { arithmetic, equals, exact, shown } from "../numbers";
import type { Quantity } from "../payload";
import { cellFormula } from "../primitives/cells";
import { cellName, display, math, outlined, written } from "../primitives/write";
import type { Step } from "../step";
import type { Child, Tree } from "../tree";
import { h as describe, m, refill, s } from "../tree";
import type { Lab, NumberPlace } from "./lab";
import { FEWEST_DIGITS, agrees } from "../rounding";
import { diagnosed } from "../slips";
import { Names, parted } from "./names";

const BAR = 96;
const MOST_BARS = 12;
/** While training, the panel is drawn again only so often, in milliseconds: it is for reading. */
const PAUSE = 160;
/** While the weight is moved by hand, the equations below the slider are. */
const LAG = 200;

export function numberPanel(lab: Lab): HTMLElement {
  const panel = h("section", { class: "number-panel", "aria-label": "this weight" });
  let [drawn, waiting] = [0, 0];
  let below: Tree[] = [];
  const draw = () => {
    const passed = performance.now() - drawn;
    if (lab.playing && passed < PAUSE) return;
    clearTimeout(waiting);
    if (lab.nudge && passed < LAG) waiting = window.setTimeout(draw, LAG - passed);
    else {
      drawn = performance.now();
      below = equations(lab);
    }
    refill(panel, describe("div", { class: "panel-head" }, heading(lab), chooser(lab)), scrub(lab), below);
  };
  lab.listen(draw);
  draw();
  return panel;
}

/** The equation of the number that is open, and what follows from it. */
function equations(lab: Lab): Tree[] {
  const step = lab.step();
  const { followed } = lab;
  const gradient = gradientOf(followed);
  const place = lab.opened ?? gradient;
  const quantity = step.find(place.path) ?? step.find(gradient.path)!;
  const formula = step.isGiven(quantity) ? null : cellFormula(step, quantity.node, place.index);
  const look: Lookup = (of, index) => step.at(of, index);
  const value = step.at(quantity, place.index);
  const sum = formula && sumIn(formula);
  const parts = [
    describe("div", { class: "panel-head" }, describe("h3", {}, lab.opened ? [describe("button", { type: "button", class: "link", "data-key": "back", click: () => lab.open(null) }, "◂ the gradient"), " "] : null,
      lab.opened ? quantity.meaning : "its gradient"), lab.opened ? null : predictFirst(lab)),
    equation(lab, step, quantity, place.index, formula, look, value),
    ...(lab.isHidden && !lab.opened ? [question(lab)] : [
      lab.opened ? null : verdict(lab),
      formula && sum ? bars(lab, step, sum, look, !lab.opened) : null,
      formula ? sources(lab, step, formula) : null,
      lab.opened ? null : update(lab, step),
    ]),
  ];
  return parts.filter((one) => one !== null);
}

/** The gradient of a parameter's number. */
export function gradientOf({ path, index }: NumberPlace): NumberPlace {
  const [layer, name] = parted(path);
  return { path: `${layer}.d${name}`, index };
}

function heading(lab: Lab): Tree {
  const { path, index } = lab.followed;
  return describe("h2", {}, math(cellName({ symbol: namesOf(lab).of(path), path }, index)), " ", equals(lab.weight), " ",
    describe("strong", { class: "mono", "data-exact": exact(lab.weight) }, shown(lab.weight)));
}

const namesOf = ({ trainer }: Lab) => new Names(trainer.training.task.network, new Set(trainer.parameters.map((one) => one.path)));

/** x2 → unit 3. */
function whereOf(lab: Lab, path: string, index: number[]): string {
  const dense = lab.trainer.parameters.filter((one) => one.shape.length === 2).map((one) => parted(one.path)[0]);
  const [layer] = parted(path);
  const isFirst = layer === dense[0];
  const isLast = layer === dense[dense.length - 1];
  const unit = index[index.length - 1]!;
  const to = isLast ? lab.data.outputs[unit] ?? `output ${unit}` : `unit ${unit}`;
  if (index.length < 2) return `${parted(path)[1]} of ${to}`;
  return `${isFirst ? lab.data.inputs[index[0]!] ?? `input ${index[0]}` : `unit ${index[0]}`} → ${to}`;
}

function chooser(lab: Lab): Tree {
  const { path, index } = lab.followed;
  const parameter = lab.parameter;
  const select = (key: string, label: string, values: string[], chosen: number, change: (at: number) => void) =>
    describe("select", { "aria-label": label, "data-key": key, change: (event: Event) => change(Number((event.target as HTMLSelectElement).value)) },
      values.map((text, at) => describe("option", { value: at, selected: at === chosen }, text)));
  const all = lab.trainer.parameters;
  const whole = select("follow array", "array", all.map((one) => one.path), all.findIndex((one) => one.path === path),
    (at) => lab.follow({ path: all[at]!.path, index: all[at]!.shape.map(() => 0) }));
  const axes = parameter.shape.map((size, axis) => select(`follow ${axis}`, axis === parameter.shape.length - 1 ? "to unit" : "from",
    Array.from({ length: size }, (_, at) => String(at)), index[axis]!,
    (at) => lab.follow({ path, index: index.map((one, other) => (other === axis ? at : one)) })));
  return describe("p", { class: "chooser" }, whole, axes);
}

/** How far the slider of the weight reaches to both sides. */
export const reachOf = (lab: Lab) => Math.max(2, 1.25 * Math.abs(lab.nudge?.weight ?? lab.weight));

/** A slider for the weight; beside it the change of the loss and what the slope said. */
function scrub(lab: Lab): Tree {
  const reach = reachOf(lab);
  const { nudge } = lab;
  const moved = nudge ? lab.weight - nudge.weight : 0;
  const measured = nudge ? lab.batchLoss() - nudge.loss : 0;
  return describe("div", { class: "scrub" },
    describe("input", { type: "range", min: -reach, max: reach, step: "any", value: lab.weight, "data-key": "weight", "aria-label": "the weight",
      input: (event: Event) => lab.setWeight(Number((event.target as HTMLInputElement).value)) }),
    describe("p", { class: "small" }, nudge && moved
      ? [`moved by ${shown(moved, 3)}: E changed by `, describe("strong", { class: "mono" }, shown(measured, 3)),
        `; slope × change = ${shown(nudge.slope * moved, 3)}`, Math.abs(measured - nudge.slope * moved) > 0.1 * Math.abs(measured) ? " (the loss bends)" : ""]
      : describe("span", { class: "quiet" }, `${whereOf(lab, lab.followed.path, lab.followed.index)}. Drag: the loss is measured, and compared with slope × change.`)));
}

function equation(
  lab: Lab, step: Step, quantity: Quantity, index: number[], formula: Formula | null, look: Lookup, value: number | undefined,
): Tree {
  const how = { look, open: (of: Quantity, at: number[]) => openNumber(lab, step, of, at) };
  const line = (left: Tree | null, sign: string, ...right: Child[]) => describe("div", { class: "equation-line" },
    describe("div", { class: "left" }, left), describe("div", { class: `right${right.length > 1 ? " pieces" : ""}` }, describe("span", { class: "relation" }, sign), ...right));
  const name = math(cellName(quantity, index));
  // While the reader is asked, the factors are open, the result is not.
  const isAsked = lab.isHidden && !lab.opened;
  const lines: Tree[] = [];
  if (formula) {
    lines.push(line(name, "=", display(written(formula, { ...how, numbers: false }))));
    const isPlain = formula.kind === "cell" || formula.kind === "constant";
    const isWorked = !isPlain && evaluated(formula, look) !== undefined;
    if (isWorked && !isAsked) lines.push(line(null, "=", ...pieces(formula, { ...how, numbers: true })));
  }
  if (isAsked) lines.push(line(null, "=", describe("span", {}, "?")));
  else lines.push(line(formula ? null : name, value === undefined ? "=" : equals(value),
    describe("strong", { class: "mono result", "data-exact": value === undefined ? null : exact(value) }, value === undefined ? "…" : shown(value)),
    formula ? null : describe("span", { class: "quiet" }, " given")));
  return describe("div", { class: "worked", tabindex: "0", role: "group", "aria-label": "the calculation" }, lines);
}

/** A sum as pieces that a line break can separate. */
function pieces(formula: Formula, how: Parameters<typeof written>[1]): Tree[] {
  if (formula.kind !== "total" || formula.mean) return [display(written(formula, how))];
  const terms = termsOf(formula);
  const { chosen, left, rest } = outlined(valuesOf(formula, how.look).map((value) => value ?? NaN));
  return [
    ...chosen.map((place, at) => (at ? display(m("mo", { form: "infix" }, "+"), written(terms[place]!, how)) : display(written(terms[place]!, how)))),
    ...(left ? [math(m("mo", { form: "infix" }, "+"), m("mtext", {}, `(${left} more: ${shown(rest)})`))] : []),
  ];
}

/** A number of the coming step: a weight is followed, all others open. */
function openNumber(lab: Lab, step: Step, of: Quantity, index: number[]): void {
  if (lab.trainer.parameters.some((one) => one.path === of.path)) lab.follow({ path: of.path, index });
  else lab.open({ path: of.path, index });
  void step;
}

/** The terms of a sum as bars: for a gradient, what each row wants. */
function bars(lab: Lab, step: Step, sum: Total, look: Lookup, isGradient: boolean): Tree {
  const values = valuesOf(sum, look).map((value) => value ?? NaN);
  const largest = Math.max(...values.map(Math.abs), 1e-300);
  const order = values.map((_, place) => place).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
  const chosen = order.slice(0, MOST_BARS).sort((a, b) => a - b);
  const isRows = isGradient && values.length === step.payload.rows.length;
  const rows = lab.trainer.batchRows();
  return describe("div", { class: "pulls" },
    isRows ? describe("p", { class: "told" }, pullSentence(values, [...rows])) : null,
    describe("ul", {}, chosen.map((place) => {
      const value = values[place]!;
      const length = (Math.abs(value) / largest) * (BAR / 2);
      const name = isRows ? `row ${rows[place]}` : `${sum.letter} = ${place}`;
      return describe("li", { class: isRows && rows[place] === lab.row ? "here" : null },
        isRows ? describe("button", { type: "button", class: "link", "data-key": name, click: () => lab.hold(rows[place]!) }, name) : describe("span", {}, name),
        s("svg", { class: "bar", width: BAR, height: 12, "aria-hidden": "true" },
          s("rect", { class: value < 0 ? "negative" : "positive", x: value < 0 ? BAR / 2 - length : BAR / 2, y: 2, width: length, height: 8 }),
          s("path", { class: "hair", d: `M${BAR / 2} 0V12` })),
        describe("span", { class: "mono" }, shown(value, 3)));
    })),
    values.length > chosen.length ? describe("p", { class: "quiet small" }, `the ${chosen.length} strongest of ${values.length}`) : null);
}

/** Rows 7 and 12 say: lower it. */
function pullSentence(values: number[], rows: number[]): string {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!total) return "The rows say nothing about this weight.";
  const strong = values.map((value, place) => ({ value, row: rows[place]! }))
    .filter(({ value }) => Math.sign(value) === Math.sign(total)).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 2);
  const named = strong.map(({ row }) => row).sort((a, b) => a - b).join(" and ");
  const against = values.filter((value) => value && Math.sign(value) !== Math.sign(total)).length;
  return `${strong.length > 1 ? "Rows" : "Row"} ${named} ${strong.length > 1 ? "say" : "says"} loudest: ${total > 0 ? "lower" : "raise"} it. ${against ? `${against} of ${values.length} pull the other way.` : "No row pulls the other way."}`;
}

/** The numbers that a number was made of; each opens. */
function sources(lab: Lab, step: Step, formula: Formula): Tree | null {
  const cells = cellsOf(formula).filter((cell) => cell.index.every((at) => typeof at === "number")).slice(0, 6);
  if (!cells.length) return null;
  return describe("p", { class: "from" }, describe("span", { class: "quiet" }, "from "), cells.map((cell) => {
    const index = cell.index as number[];
    const value = step.at(cell.quantity, index);
    return describe("button", { type: "button", class: "source-button", "data-key": `${cell.quantity.path} ${index}`, title: cell.quantity.meaning,
      click: () => openNumber(lab, step, cell.quantity, index) }, math(cellName(cell.quantity, index)), " ",
    describe("span", { class: "mono" }, value === undefined ? "…" : shown(value)));
  }));
}

/** Whether the reader is asked before the gradient is shown. */
function predictFirst(lab: Lab): Tree {
  return describe("label", { class: "small" }, describe("input", { type: "checkbox", checked: lab.predicting, "data-key": "predict", change: () => {
    lab.predicting = !lab.predicting;
    lab.said = null;
    lab.changed();
  } }), " predict first");
}

function question(lab: Lab): Tree {
  const size = () => {
    const field = document.querySelector<HTMLInputElement>(".predicted-size");
    return field?.value ? arithmetic(field.value) ?? null : null;
  };
  const say = (sign: number) => {
    lab.said = { key: lab.asked, sign, size: size() };
    lab.changed();
  };
  return describe("div", { class: "question" },
    describe("p", {}, "Which way does the gradient point? x and δ of each row are in “open step”."),
    describe("p", {}, describe("label", {}, describe("span", { class: "quiet" }, "size, if you like: "),
      describe("input", { type: "text", class: "predicted-size", size: 14, placeholder: "(0.45 - 1)/6", "data-key": "size" }))),
    describe("p", { class: "row-buttons" }, ([[1, "positive"], [-1, "negative"], [0, "zero"]] as [number, string][]).map(([sign, text]) =>
      describe("button", { type: "button", "data-key": text, click: () => say(sign) }, text))));
}

/** What was right and what was not, of what the reader said. */
function verdict(lab: Lab): Tree | null {
  const { said } = lab;
  if (!lab.predicting || said?.key !== lab.asked) return null;
  const slope = lab.slope();
  const isRight = Math.sign(slope) === said.sign;
  const words = [isRight ? "The sign is right." : `No: it is ${slope > 0 ? "positive" : slope < 0 ? "negative" : "zero"}, the sum of what the rows below ask for.`];
  if (said.size !== null) words.push(sizeVerdict(lab, said.size, slope));
  return describe("p", { class: "told", role: "status" }, describe("strong", {}, words.join(" ")));
}

/** Three digits are enough. A wrong size is told by its factor, or by the known slip that gives it. */
function sizeVerdict(lab: Lab, said: number, slope: number): string {
  const rows = lab.trainer.batchRows().length;
  const close = (value: number) => Math.abs(Math.abs(said) - Math.abs(value)) <= 0.005 * Math.abs(value);
  if (close(slope)) return "And so is the size.";
  if (close(slope * rows)) return `The size is ${rows} times too large: the gradient is the mean over the rows, not their sum.`;
  if (close(2 * slope)) return "The size is twice the right one.";
  if (close(slope / 2)) return "The size is half the right one.";
  const step = lab.step();
  const { path, index } = gradientOf(lab.followed);
  const signed = Math.sign(slope) * Math.abs(said);
  const { ways } = diagnosed(step, { quantity: step.find(path)!, index }, (value) => agrees(signed, value, signed.toPrecision(FEWEST_DIGITS)));
  const slip = ways[0]?.[0];
  return `The size is ${shown(Math.abs(slope), 3)}.${slip ? ` Yours comes from a known slip, ${slip.name}: ${slip.sentence}.` : ""}`;
}

/** How the optimizer makes a step of the gradient. */
function update(lab: Lab, step: Step): Tree | null {
  const { path, index } = lab.followed;
  const quantity = step.find(`${path}.new`);
  if (!quantity) return null;
  const look: Lookup = (of, at) => step.at(of, at);
  const formula = cellFormula(step, quantity.node, index);
  return describe("div", {}, describe("h3", {}, `the step that ${lab.knobs.optimizer} makes of it`),
    equation(lab, step, quantity, index, formula, look, step.at(quantity, index)));
}
