// Puts the page of a descent together: headline, picture, the step in numbers, a scrubber.

import { stepByKeys, stepInAddress, stepsBar } from "../ground/steps";
import { h } from "../dom";
import { panel, stepText, walkers } from "./panel";
import type { Descent } from "./payload";
import { picture } from "./picture";
import { DescentState } from "./state";
import { trying } from "./trying";
import { refill } from "../tree";

/** Show a descent in an element. */
function mountDescent(element: HTMLElement, descent: Descent): void {
  const state = new DescentState(descent);
  const { landscape } = descent;
  const voice = h("p", { class: "unseen", role: "status" });
  element.replaceChildren(h("main", { class: "view land descent" },
    h("header", {},
      h("h1", {}, landscape.name),
      h("p", {}, h("span", {}, descent.how), " ", h("span", { class: "quiet" }, `h = ${landscape.formula}`)),
      outcome(state)),
    h("div", { class: "stage" },
      h("section", { class: "network", "aria-label": "landscape" }, picture(state)),
      panel(state)),
    descent.walks.length > 0 && scrubber(state),
    trying(state),
    walkers(state),
    voice,
    h("footer", { class: "quiet small" },
      descent.walks.length > 0 && h("p", {}, "← → go from step to step, Home and End to the ends, F lifts the fog or brings it back. Numbers have four significant digits; point at one to see all its digits."),
      h("p", {}, landscape.source && `Landscape: ${landscape.source}. `, descent.made_by))));
  state.listen(() => {
    const walk = state.walk;
    voice.textContent = walk ? stepText(walk, state.at(walk)) : "";
  });
  if (!descent.walks.length) return state.go(0);
  stepByKeys(state, { f: () => state.setFog(!state.fog) });
  stepInAddress(state, "step");
}

/** The result of the descent, hidden while there is fog. */
function outcome(state: DescentState): HTMLElement {
  const { headline, landscape } = state.descent;
  const box = h("div", { role: "status" });
  const draw = () => refill(box,
    h("p", { class: "outcome-line" }, state.fog ? "In the fog: only the slope at the walker’s position is known."
      : state.isTried ? state.walk!.ending : headline),
    h("p", { class: "quiet small" }, state.fog ? "\u00a0" : [landscape.about, landscape.note].filter(Boolean).join(" ")));
  state.listen(draw);
  draw();
  return box;
}

function scrubber(state: DescentState): HTMLElement {
  const fog = h("button", { type: "button", "data-key": "fog", click: () => state.setFog(!state.fog) });
  state.listen(() => (fog.textContent = state.fog ? "lift the fog" : "bring back the fog"));
  const told = () => {
    const walk = state.walk!;
    const isOver = state.step >= walk.positions.length && state.walks.length > 1;
    return stepText(walk, state.at(walk)) + (isOver ? `, the longest walk ${state.last}` : "");
  };
  return stepsBar(state, "step", told, () => state.setFog(true), fog);
}

const element = document.getElementById("clearprop");
const data = document.getElementById("clearprop-data");
if (element && data) mountDescent(element, JSON.parse(data.textContent ?? "") as Descent);
