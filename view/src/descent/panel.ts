// The panel beside the picture: the walker's position, and the next step in numbers.

import { h } from "../dom";
import { parsed } from "../mathml";
import { equals, shown } from "../numbers";
import { percent } from "../report/words";
import { fact } from "../ground/facts";
import { walkerButton } from "../ground/walks";
import { classOfBasin } from "./picture";
import type { Walk } from "./payload";
import { value } from "./payload";
import type { DescentState } from "./state";
import { numbersOf } from "./stroll";
import type { Child } from "../tree";
import { refill } from "../tree";

/** The position of the chosen walker, the slope there, and the step that the optimizer computes from it. */
export function panel(state: DescentState): HTMLElement {
  const box = h("section", { class: "now-panel", "aria-label": "this step" });
  const draw = () => refill(box, state.walk ? ofWalk(state, state.walk) : basins(state));
  state.listen(draw);
  draw();
  return box;
}

function ofWalk(state: DescentState, walk: Walk): HTMLElement[] {
  const now = state.at(walk);
  const isLast = now === walk.positions.length - 1;
  const { coordinates } = state.descent;
  const each = (name: (letter: string) => string, numbers: (number | string)[]) =>
    coordinates.map((letter, place) => fact(name(letter), value(numbers[place] as number)));
  return [
    h("p", { class: "moment" }, h("span", { class: "quiet" }, stepText(walk, now)), " ", walk.name),
    h("dl", { class: "facts" },
      each((letter) => letter, walk.positions[now]!),
      fact("height", value(walk.heights[now]!)),
      each((letter) => (coordinates.length > 1 ? `slope along ${letter}` : "slope"), walk.slopes[now]!)),
    isLast ? h("p", { class: "ending" }, walk.ending) : nextStep(state, walk, now),
  ];
}

/** Where a walk is, counted alike in all places of the page. */
export const stepText = (walk: Walk, now: number) => `step ${now} of ${walk.positions.length - 1}`;

function nextStep(state: DescentState, walk: Walk, now: number): HTMLElement {
  const { coordinates, steps } = state.descent;
  const { lines } = steps[walk.step]!;
  const numbers = numbersOf(state.descent, walk)[now]!;
  const felt = walk.felt[now]!.map(value);
  const noisy = felt.some((one, place) => one !== value(walk.slopes[now]![place]!));
  return h("div", { class: "next" },
    h("h3", { class: "quiet" }, "the next step"),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "equation" },
      lines.map((line) => h("p", { class: "symbols" }, mathematics(`${line.name}<mo>=</mo>${line.symbols}`))),
      h("p", { class: "quiet" }, `η = ${shown(walk.rates[now]!)}, `
        + coordinates.map((letter, place) => `g${coordinates.length > 1 ? ` along ${letter}` : ""} ${equals(felt[place]!)} ${shown(felt[place]!)}`).join(", ")
        + (noisy ? ", with noise" : "")),
      coordinates.map((letter, place) => h("div", { class: "reckoned" },
        lines.map((line) => h("p", {}, mathematics(reckoned(line, letter, numbers[place]!))))))));
}

const mathematics = (text: string): Child => parsed(`<math><mrow>${text}</mrow></math>`);

/** An equation with its numbers in MathML, for one coordinate. */
function reckoned(line: { path: string; name: string; numbers: string }, letter: string, values: Record<string, number>): string {
  const name = line.name.replace("<mi>x</mi>", `<mi>${letter}</mi>`);
  const result = values[line.path]!;
  const sign = equals(result) === "≈" ? "≈" : "=";
  let isFirst = true;
  const right = line.numbers.replace(/<mtext>\{([^}]*)\}<\/mtext>/g, (_, path: string, at: number) => {
    const opens = isFirst && /^(<mrow>)*$/.test(line.numbers.slice(0, at));
    isFirst = false;
    return numeral(values[path]!, opens);
  });
  return `${name}<mo>=</mo>${right}<mo>${sign}</mo>${numeral(result, true)}`;
}

/** A number in MathML; a negative one has brackets, except where an equation's side begins with it. */
function numeral(value: number, isFirst: boolean): string {
  const text = shown(value);
  if (!text.startsWith("−")) return `<mn>${text}</mn>`;
  const signed = `<mrow><mo>−</mo><mn>${text.slice(1)}</mn></mrow>`;
  return isFirst ? signed : `<mrow><mo>(</mo>${signed}<mo>)</mo></mrow>`;
}

function basins(state: DescentState): HTMLElement[] {
  const map = state.descent.basins;
  return [
    h("h3", { class: "quiet" }, "a walk that starts on this colour ends in the"),
    h("ul", { class: "legend" }, (map?.names ?? []).map((name, place) =>
      h("li", {}, h("span", { class: `key ${classOfBasin(state.descent, place)}` }), ` ${name} `,
        h("span", { class: "mono quiet" }, percent(map!.shares[place]!))))),
  ];
}

/** The walkers by name, as buttons that choose one, each with the end of its walk. */
export function walkers(state: DescentState): HTMLElement {
  const box = h("section", { class: "walkers", "aria-label": "walkers" });
  const draw = () => {
    const { dropped } = state.descent;
    const { walks } = state;
    refill(box,
      walks.length > 1 && h("ul", { class: dropped ? "names" : null }, walks.map((walk, place) => h("li", {},
        walkerButton(place, walk.name, place === state.walker, () => state.follow(place)),
        !state.fog && !dropped && h("span", { class: "quiet" }, walk.ending)))),
      dropped && h("p", { class: "quiet small drawn" }, walks.length < dropped.all
        ? `${walks.length} of the ${dropped.all.toLocaleString("en")} walkers are drawn with their path and can be followed; `
          + (dropped.starts.length < dropped.all ? `${dropped.starts.length.toLocaleString("en")} are dots.` : "all are dots.")
        : "All walkers are drawn with their path and can be followed."),
      dropped && !state.fog && h("ul", { class: "counts" }, Object.entries(dropped.counts).map(([where, count]) =>
        h("li", {}, h("span", { class: "mono" }, String(count)), ` ${where}`))));
  };
  state.listen(draw);
  draw();
  return box;
}
