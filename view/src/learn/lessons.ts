// Six states of the page in a row, each with a sentence and a question: from one weight to a network that
// breaks. They are retold from the chapter.

import { h } from "../dom";
import { h as describe, refill } from "../tree";
import type { Knobs } from "./knobs";
import { dataOf, firstKnobs, knobsFor } from "./knobs";
import type { Lab, NumberPlace } from "./lab";

interface Lesson {
  name: string;
  sentence: string;
  question: string;
  data: string;
  knobs: Partial<Knobs>;
  follow: NumberPlace;
}

const FIRST: NumberPlace = { path: "dense1.W", index: [0, 0] };

const LESSONS: Lesson[] = [
  {
    name: "one weight",
    sentence: "One weight, one row at a time. The gradient is the input times the error signal: the only row speaks alone.",
    question: "The sign of x and the sign of δ are on the page. Which way will the step move the weight? Say it, then press step.",
    data: "line", knobs: { batch: 1, rate: 0.1 }, follow: FIRST,
  },
  {
    name: "a chain of two",
    sentence: "Two weights in a row. The error reaches the first one through the second: its δ is multiplied by the weight it comes back through.",
    question: "Drag the second weight (dense2.W) to 0. What becomes of the gradient of the first?",
    data: "line", knobs: { hidden: [1], activation: "Identity", batch: 1, rate: 0.1 }, follow: FIRST,
  },
  {
    name: "a hidden layer",
    sentence: "No straight line parts these classes. Each hidden unit draws one line; the output adds them up.",
    question: "Train. Which hidden unit does which corner? Take layers and units away: how few still do it?",
    data: "xor", knobs: {}, follow: FIRST,
  },
  {
    name: "a mini-batch",
    sentence: "Ten rows make a step together: the gradient is the mean of what each of them asks for.",
    question: "Pin this run, set batch to 1, then to 60. Which curve is rough, which smooth, and which is faster per step?",
    data: "moons", knobs: { batch: 10 }, follow: FIRST,
  },
  {
    name: "η too large",
    sentence: "The slope is true only at your feet. A step that is longer than the valley is wide lands higher than it began.",
    question: "Lift the fog. Where does the step land? Lower η until every step goes down.",
    data: "curve", knobs: { rate: 3 }, follow: FIRST,
  },
  {
    name: "sigmoids that vanish",
    sentence: "A sigmoid's slope is at most 1/4. Through four of them an error signal shrinks at least 256 times.",
    question: "Choose “backward: gradients” and compare δ in the first and the last layer. Then try ReLU instead of Sigmoid.",
    data: "circles", knobs: { hidden: [4, 4, 4, 4], activation: "Sigmoid", rate: 0.3 }, follow: FIRST,
  },
];

const KEYS = "Space trains and pauses. → and ← go by a step; ↑ and ↓ choose what they go by: number, moment, step, epoch. O opens the coming step. "
  + "Click a line or a unit to follow its weight. Drag points, the weight, the line of the loss; a double-click adds a point. The address is a link to this moment.";

/** The links to the six states, none where the page has other data; and the place of what a state says. */
export function lessonsPanel(lab: Lab): { links: HTMLElement | null; told: HTMLElement } {
  const told = h("div", { class: "lesson", role: "status" });
  const known = lab.payload.datasets.map((one) => one.name);
  const isWhole = LESSONS.every(({ data }) => known.includes(data));
  const links = h("nav", { class: "lessons", "aria-label": "guided" });
  let chosen = -1;
  const draw = () => {
    refill(links, describe("span", { class: "quiet" }, "guided "), LESSONS.map(({ name }, place) =>
      describe("button", { type: "button", class: "link", "aria-pressed": String(place === chosen), "data-key": `lesson ${place}`,
        "aria-label": `${place + 1}: ${name}`, title: name, click: () => go(place) }, String(place + 1))));
    const lesson = LESSONS[chosen];
    refill(told, describe("p", { class: "small" }, lesson
      ? [describe("strong", {}, `${chosen + 1} ${lesson.name}`), ` ${lesson.sentence} `, describe("strong", {}, lesson.question)] : KEYS));
  };
  const go = (place: number) => {
    chosen = chosen === place ? -1 : place;
    const lesson = LESSONS[place]!;
    if (chosen >= 0) {
      lab.playing = false;
      const first = firstKnobs(lab.payload);
      lab.foggy = true;
      lab.turn({ ...knobsFor(first, dataOf(lab.payload, lesson.data)), ...lesson.knobs });
      lab.follow(lesson.follow);
    }
    draw();
  };
  draw();
  return { links: isWhole ? links : null, told };
}
