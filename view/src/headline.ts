// The headline: which network and which step, then the loss before and after it.

import type { App } from "./app";
import { h as element } from "./dom";
import type { Child } from "./tree";
import { h, refill } from "./tree";
import { whatIfBanner } from "./whatif";
import { count, exact, shown } from "./numbers";
import { number } from "./payload";

export function headline(app: App): HTMLElement {
  const { title, loss } = app.recorded.payload;
  const name = title.model ?? title.network;
  const facts = [
    title.model === null ? null : title.network,
    title.optimizer,
    title.step === null ? null : `step ${count(title.step)}`,
    title.rows === 1 ? "1 row" : `${count(title.rows)} rows`,
  ].filter((fact) => fact !== null);
  const line = element("p", { class: "loss" });
  app.listen(() => refill(line, lossLine(app)));
  return element("header", { class: "step-head" },
    h("div", { class: "title" }, h("h1", {}, name), h("p", { class: "facts" }, facts.map((fact) => h("span", {}, fact)))),
    line,
    whatIfBanner(app, `${loss.convention}${penalty(app)}`));
}

function lossLine(app: App): Child[] {
  const { loss } = app.recorded.payload;
  const { before, after } = app.step.losses();
  const figure = (value: number) => h("span", { class: "mono", title: exact(value) }, shown(value));
  const name = app.step.find("penalty") ? "E + R" : "E";
  if (after === null) return [h("span", { class: "math-name" }, name), figure(before)];
  const estimate = app.step.changed ? null : loss.predicted;
  const recorded = app.recorded.losses();
  return [
    h("span", { class: "math-name" }, name),
    h("strong", {}, figure(before), " → ", figure(after)),
    h("span", { class: "quiet" }, "change ", figure(after - before),
      estimate === null ? null : ["; a straight-line estimate gives ", figure(number(estimate)), bends(after - before, number(estimate))],
      app.step.changed ? ["; recorded ", figure(recorded.before), " → ", figure(recorded.after!)] : null),
  ];
}

/** A change that differs by more than this part from what the slope predicts is explained. */
const BENT = 0.2;

/** Why the change is not what the slope predicts. */
function bends(change: number, predicted: number): string {
  if (!(Math.abs(change - predicted) > BENT * Math.abs(predicted))) return "";
  return change > 0 ? ": the step is too long, it lands higher than it began" : ": the step is long, and the loss bends on the way";
}

/** What R is; empty if the step has no penalty. */
function penalty(app: App): string {
  const value = app.recorded.scalar("penalty");
  return value === undefined ? "" : `; R = L2 penalty, ${shown(value)}`;
}
