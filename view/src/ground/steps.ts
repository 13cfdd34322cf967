// Stepping along a path: buttons, a slider, play, and the keyboard.

import { h } from "../dom";
import type { Child } from "../tree";

/** What is stepped through. */
export interface Stepped {
  step: number;
  readonly last: number;
  go(step: number): void;
  listen(listener: () => void): void;
}

/** How many times as fast as usual the path is played. */
const SPEEDS: Record<string, number> = { slow: 0.25, normal: 1, fast: 4 };

/** The bar of steps; `unit` is what one of them is, `told` where it stands, `restart` what playing anew begins with. */
export function stepsBar(path: Stepped, unit: string, told: () => string, restart: () => void, ...more: Child[]): HTMLElement {
  const range = h("input", { type: "range", min: 0, max: path.last, value: 0, "aria-label": unit,
    input: () => path.go(Number(range.value)) });
  const position = h("span", { class: "mono quiet" });
  const play = h("button", { type: "button", "data-key": "play", click: () => (timer ? stop() : start()) }, "play");
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "play";
  };
  const start = () => {
    if (path.step === path.last) {
      path.go(0);
      restart();
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pause = calm ? 600 : Math.max(40, Math.min(300, 8000 / (path.last || 1)));
    timer = setInterval(() => (path.step < path.last ? path.go(path.step + 1) : stop()), pause / SPEEDS[speed.value]!);
    play.textContent = "stop";
  };
  const button = (text: string, label: string, move: () => void) =>
    h("button", { type: "button", "aria-label": label, "data-key": label, click: move }, text);
  const speed = h("select", { "aria-label": "speed", change: () => {
    if (!timer) return;
    stop();
    start();
  } }, Object.keys(SPEEDS).map((name) => h("option", { value: name, selected: name === "normal" }, name)));
  path.listen(() => {
    range.max = String(path.last);
    range.value = String(path.step);
    position.textContent = told();
  });
  return h("nav", { class: "steps", "aria-label": `${unit}s` },
    button("◂", `one ${unit} back`, () => path.go(path.step - 1)),
    button("▸", `one ${unit} forward`, () => path.go(path.step + 1)),
    play, speed, range, position, more);
}

/** ← → go from step to step, Home and End to the ends; other keys do what `more` says. */
export function stepByKeys(path: Stepped, more: Record<string, () => void> = {}): void {
  const moves: Record<string, () => void> = {
    ArrowLeft: () => path.go(path.step - 1),
    ArrowRight: () => path.go(path.step + 1),
    Home: () => path.go(0),
    End: () => path.go(path.last),
    ...more,
  };
  document.addEventListener("keydown", (event) => {
    const isField = ["INPUT", "SELECT"].includes((event.target as HTMLElement).tagName);
    const move = moves[event.key];
    if (!move || isField || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move();
  });
}

/** The step is in the address, so that a link to it opens it; without one the page begins at `first`. */
export function stepInAddress(path: Stepped, unit: string, first = 0): void {
  path.listen(() => {
    const address = `#${unit}-${path.step}`;
    if (location.protocol !== "about:" && address !== location.hash) history.replaceState(null, "", address);
  });
  const asked = new RegExp(`^#${unit}-(\\d+)$`).exec(location.hash)?.[1];
  path.go(asked ? Number(asked) : first);
}
