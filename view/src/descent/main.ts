// Puts the page of a descent together: headline, picture, the step in numbers, a scrubber.

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
  element.replaceChildren(h("main", { class: "view descent" },
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
  document.addEventListener("keydown", (event) => keyed(state, event));
  state.listen(() => {
    const walk = state.walk;
    voice.textContent = walk ? stepText(walk, state.at(walk)) : "";
    const address = `#step-${state.step}`;
    if (location.protocol !== "about:" && descent.walks.length && address !== location.hash) history.replaceState(null, "", address);
  });
  const asked = /^#step-(\d+)$/.exec(location.hash)?.[1];
  state.go(asked ? Number(asked) : 0);
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

/** How many times as fast as usual the walk is played. */
const SPEEDS: Record<string, number> = { slow: 0.25, normal: 1, fast: 4 };

function scrubber(state: DescentState): HTMLElement {
  const range = h("input", { type: "range", min: 0, max: state.last, value: 0, "aria-label": "step",
    input: () => state.go(Number(range.value)) });
  const position = h("span", { class: "mono quiet" });
  const fog = h("button", { type: "button", "data-key": "fog", click: () => state.setFog(!state.fog) });
  const play = h("button", { type: "button", "data-key": "play", click: () => (timer ? stop() : start()) }, "play");
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "play";
  };
  const start = () => {
    if (state.step === state.last) {
      state.go(0);
      state.setFog(true);
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pause = calm ? 600 : Math.max(40, Math.min(300, 8000 / (state.last || 1)));
    timer = setInterval(() => (state.step < state.last ? state.go(state.step + 1) : stop()), pause / SPEEDS[speed.value]!);
    play.textContent = "stop";
  };
  const button = (text: string, label: string, move: () => void) =>
    h("button", { type: "button", "aria-label": label, "data-key": label, click: move }, text);
  const speed = h("select", { "aria-label": "speed", change: () => {
    if (!timer) return;
    stop();
    start();
  } }, Object.keys(SPEEDS).map((name) => h("option", { value: name, selected: name === "normal" }, name)));
  state.listen(() => {
    range.max = String(state.last);
    range.value = String(state.step);
    const walk = state.walk!;
    const isOver = state.step >= walk.positions.length && state.walks.length > 1;
    position.textContent = stepText(walk, state.at(walk)) + (isOver ? `, the longest walk ${state.last}` : "");
    fog.textContent = state.fog ? "lift the fog" : "bring back the fog";
  });
  return h("nav", { class: "steps", "aria-label": "steps" },
    button("◂", "one step back", () => state.go(state.step - 1)),
    button("▸", "one step forward", () => state.go(state.step + 1)),
    play, speed, range, position, fog);
}

function keyed(state: DescentState, event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || ["INPUT", "SELECT"].includes((event.target as HTMLElement).tagName)) return;
  const moves: Record<string, () => void> = {
    ArrowLeft: () => state.go(state.step - 1),
    ArrowRight: () => state.go(state.step + 1),
    Home: () => state.go(0),
    End: () => state.go(state.last),
    f: () => state.setFog(!state.fog),
  };
  const move = moves[event.key];
  if (!move || !state.descent.walks.length) return;
  event.preventDefault();
  move();
}

const element = document.getElementById("clearprop");
const data = document.getElementById("clearprop-data");
if (element && data) mountDescent(element, JSON.parse(data.textContent ?? "") as Descent);
