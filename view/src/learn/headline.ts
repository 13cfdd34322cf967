// One line on top: the data, the network, the step, the loss.

import { h } from "../dom";
import { shown } from "../numbers";
import type { Child } from "../tree";
import { h as describe, refill } from "../tree";
import { titleOf } from "./knobs";
import type { Lab } from "./lab";

/** What is trained, and how far it is. */
export function headline(lab: Lab): HTMLElement {
  const box = h("header", {});
  const draw = () => {
    const { trainer, data } = lab;
    const { step, epoch } = trainer;
    const now = lab.now();
    const first = lab.curve[0]!;
    refill(box,
      describe("h1", {}, `${data.name} `, describe("span", { class: "quiet title-rest" }, titleOf(lab.payload, trainer.training.task))),
      describe("p", { class: "loss-now" }, describe("span", { class: "quiet" }, `step ${step}, epoch ${epoch + 1} · loss `),
        describe("strong", { class: "mono" }, shown(now.loss)),
        describe("span", { class: "quiet" }, ` from ${shown(first.loss)}`, now.held === null ? "" : ` · held out ${shown(now.held)}`),
        accuracyOf(lab)));
  };
  lab.listen(draw);
  draw();
  return box;
}

/** The share of rows whose class is the predicted one. */
function accuracyOf(lab: Lab): Child {
  const rows = lab.held ?? lab.rows;
  if (lab.data.kind !== "classes") return null;
  const program = lab.trainer.predict(rows.x, rows.t);
  const p = program.compiled.at(program.prediction);
  let right = 0;
  for (let row = 0; row < rows.count; row++) {
    const [own, aim] = [p, rows.t].map((all) => (rows.outputs === 1 ? Number(all[row]! > 0.5) : best(all, row * rows.outputs, rows.outputs)));
    if (own === aim) right++;
  }
  return describe("span", { class: "quiet" }, ` · ${right} of ${rows.count} right`);
}

function best(values: Float64Array, from: number, count: number): number {
  let found = 0;
  for (let at = 1; at < count; at++) if (values[from + at]! > values[from + found]!) found = at;
  return found;
}
