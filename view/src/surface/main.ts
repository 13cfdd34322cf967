// Puts the page of a network's loss over a plane together: headline, picture, numbers, epochs, what is not seen.

import { stepByKeys, stepInAddress, stepsBar } from "../ground/steps";
import { h } from "../dom";
import { shown } from "../numbers";
import { number } from "../payload";
import { about, epochText, panel, paths } from "./panel";
import type { Surface } from "./payload";
import { picture } from "./picture";
import { SurfaceState } from "./state";

/** Show a surface in an element. */
function mountSurface(element: HTMLElement, surface: Surface): void {
  const state = new SurfaceState(surface);
  const hasPaths = surface.paths.length > 0;
  const voice = h("p", { class: "unseen", role: "status" });
  const told = () => {
    const now = state.at(state.path!);
    return `${epochText(state.path!, now)}, loss ${shown(number(state.path!.losses[now]))}`;
  };
  element.replaceChildren(h("main", { class: "view land surface" },
    h("header", {},
      h("h1", {}, surface.name),
      h("p", { class: "outcome-line" }, surface.headline),
      h("p", { class: "quiet small" }, surface.how)),
    h("div", { class: "stage" },
      h("section", { class: "network", "aria-label": "loss" }, picture(state),
        hasPaths && stepsBar(state, "epoch", told, () => undefined),
        paths(state)),
      panel(state)),
    about(surface),
    voice,
    h("footer", { class: "quiet small" },
      h("p", {}, hasPaths && "← → go from epoch to epoch, Home and End to the ends. ", "Numbers have four significant digits; point at one to see all its digits. ‖θ‖ is the Euclidean length of all weights as one vector."),
      h("p", {}, surface.made_by))));
  if (!hasPaths) return state.go(0);
  state.listen(() => (voice.textContent = `${state.path!.name}, ${told()}`));
  stepByKeys(state);
  stepInAddress(state, "epoch", state.last);
}

const element = document.getElementById("clearprop");
const data = document.getElementById("clearprop-data");
if (element && data) mountSurface(element, JSON.parse(data.textContent ?? "") as Surface);
