// The bar that steps, trains, pauses and resets; at its end the guided states and the reader's own table.

import { h } from "../dom";
import type { Child } from "../tree";
import { h as describe, refill } from "../tree";
import type { Lab } from "./lab";
import type { Scale } from "./ladder";
import { SCALES, move } from "./ladder";

const SPEEDS: [string, number][] = [["1 step a second", 1], ["10 a second", 10], ["100 a second", 100], ["as fast as it can", 0]];

const TITLES: Record<Scale, string> = {
  number: "from number to number of the array", moment: "from moment to moment of the coming step", step: "from step to step", epoch: "from epoch to epoch",
};

/** The bar of time. */
export function timeBar(lab: Lab, open: () => void, ...folded: (HTMLElement | null)[]): HTMLElement {
  const box = h("nav", { class: "time-bar", "aria-label": "time" });
  const button = (key: string, text: Child, label: string, click: () => void, kind: string | null = null) =>
    describe("button", { type: "button", class: kind, "data-key": key, "aria-label": label, title: label, click }, text);
  const draw = () => {
    refill(box,
      button("train", lab.playing ? "pause" : "train", lab.playing ? "pause (space)" : "train (space)", () => toggle(lab), "train"),
      button("back", "◂", `one ${lab.scale} back (←)`, () => move(lab, lab.scale, -1)),
      describe("span", { class: "ladder", role: "group", "aria-label": "by what to go (↑ ↓)" }, SCALES.map((scale) =>
        describe("button", { type: "button", "data-key": scale, "aria-pressed": String(scale === lab.scale), class: scale === lab.scale ? "on" : null,
          title: TITLES[scale], click: () => {
            lab.scale = scale;
            lab.changed();
          } }, scale))),
      button("next", "▸", `one ${lab.scale} on (→)`, () => move(lab, lab.scale, 1)),
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

export function toggle(lab: Lab): void {
  lab.playing = !lab.playing && !lab.stopped;
  lab.changed();
}
