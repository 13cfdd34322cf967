// The bar that steps, trains, pauses and resets; at its end the guided states and the reader's own table.

import { h } from "../dom";
import type { Child } from "../tree";
import { h as describe, refill } from "../tree";
import type { Lab } from "./lab";

const SPEEDS: [string, number][] = [["1 step a second", 1], ["10 a second", 10], ["100 a second", 100], ["as fast as it can", 0]];

/** The bar of time. */
export function timeBar(lab: Lab, open: () => void, ...folded: (HTMLElement | null)[]): HTMLElement {
  const box = h("nav", { class: "time-bar", "aria-label": "time" });
  const button = (key: string, text: Child, label: string, click: () => void, kind: string | null = null) =>
    describe("button", { type: "button", class: kind, "data-key": key, "aria-label": label, title: label, click }, text);
  /** A sign with its word, which a narrow screen leaves out. */
  const words = (word: string, sign: string) => [describe("span", { class: "wide" }, `${word} `), sign];
  const draw = () => {
    const { trainer } = lab;
    refill(box,
      button("train", lab.playing ? "pause" : "train", lab.playing ? "pause (space)" : "train (space)", () => toggle(lab), "train"),
      button("step", words("step", "▸"), "one step (→)", () => lab.goTo(trainer.step + 1)),
      button("epoch", words("epoch", "▸▸"), "to the end of this epoch (Shift →)", () => lab.goTo(endOfEpoch(lab))),
      button("back", words("back", "◂"), "one step back (←)", () => lab.goTo(trainer.step - 1)),
      button("open", "open step", "open step: every number of it and its equation (O)", open),
      button("reset", "reset", "reset: begin anew from the same weights (Home)", () => lab.reset()),
      button("seed", "new seed", "new seed: begin anew from other weights", () => lab.turn({ seed: lab.knobs.seed + 1 })),
      describe("label", { class: "knob wide" }, describe("span", { class: "quiet" }, "speed "), describe("select", { "data-key": "speed", change: (event: Event) => {
        lab.speed = Number((event.target as HTMLSelectElement).value);
      } }, SPEEDS.map(([text, value]) => describe("option", { value, selected: value === lab.speed }, text)))),
      folded);
  };
  lab.listen(draw);
  draw();
  return box;
}

export function endOfEpoch({ trainer }: Lab): number {
  return (trainer.epoch + 1) * trainer.stepsPerEpoch;
}

export function toggle(lab: Lab): void {
  lab.playing = !lab.playing && !lab.stopped;
  lab.changed();
}
