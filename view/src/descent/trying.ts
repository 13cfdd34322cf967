// Another start, another learning rate: typed, dragged on the ground or by a slider, walked in the page.

import { h } from "../dom";
import { shown, typed } from "../numbers";
import { refill } from "../tree";
import type { DescentState } from "./state";

/** The slider goes from the recorded rate divided by this to the rate times it. */
const RANGE = 100;
const NOTCHES = 200;

export function trying(state: DescentState): HTMLElement | null {
  const { descent } = state;
  if (!descent.walks.length) return null;
  if (!state.canTry) {
    return h("section", { class: "trying", "aria-label": "try another start" },
      h("p", { class: "quiet small" }, `Another start or learning rate cannot be tried here: ${descent.live.why}. In Python: cp.descend(…, start=…).`));
  }
  const starts = descent.coordinates.map((name, place) => {
    const [low, high] = descent.landscape.box[place]!;
    const field = h("input", { type: "number", id: `start-${name}`, step: "any", "data-key": `start ${name}`,
      change: () => changed(place, field.value),
      keydown: (event: KeyboardEvent) => {
        // An arrow key moves by a hundredth of the picture.
        const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!by) return;
        event.preventDefault();
        changed(place, String(state.start[place]! + (by * (high - low)) / 100));
      } });
    return { name, field };
  });
  const changed = (place: number, text: string) => {
    const number = typed(text);
    if (number === undefined || !Number.isFinite(number)) return void draw();
    state.tryStart(state.start.map((old, at) => (at === place ? number : old)));
  };
  const rate = h("input", { type: "number", id: "rate", step: "any", min: 0, "data-key": "rate",
    change: () => setRate(typed(rate.value)) });
  const slider = h("input", { type: "range", min: 0, max: NOTCHES, "aria-label": "learning rate, on a logarithmic scale", "data-key": "rate slider",
    input: () => setRate(recorded() * RANGE ** ((2 * Number(slider.value)) / NOTCHES - 1)) });
  const recorded = () => descent.walks[state.walker]!.rate;
  const setRate = (number: number | undefined) => {
    if (number === undefined || !(number > 0 && Number.isFinite(number))) return void draw();
    state.tryRate(Number(number.toPrecision(3)));
  };
  const reset = h("button", { type: "button", "data-key": "reset", click: () => state.reset() }, "as recorded");
  const told = h("p", { class: "small tried", role: "status" });
  const draw = () => {
    const walk = state.walk!;
    starts.forEach(({ field }, place) => (field.value = String(Number(state.start[place]!.toPrecision(6)))));
    rate.value = String(walk.rate);
    slider.value = String(Math.round((NOTCHES / 2) * (1 + Math.log(walk.rate / recorded()) / Math.log(RANGE))));
    reset.disabled = !state.isTried;
    const before = descent.walks[state.walker]!;
    refill(told, state.isTried
      ? `You try: ${walk.ending}. Recorded, from ${before.positions[0]!.map((one) => shown(one as number)).join(", ")} with η ${shown(before.rate)}: ${before.ending}.`
      : "Click or drag on the ground, or change a number: the walk is taken anew, here in the page.");
  };
  state.listen(draw);
  draw();
  return h("section", { class: "trying", "aria-label": "try another start" },
    h("div", { class: "fields" },
      starts.map(({ name, field }) => h("label", {}, `start ${name} `, field)),
      h("label", {}, state.isRace ? "η of this walker " : "η ", rate), slider, reset),
    told);
}
