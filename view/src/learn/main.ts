// Puts the page together: knobs, time, data, network, the weight that is followed, the loss.

import { h } from "../dom";
import { shown } from "../numbers";
import { read, written } from "./address";
import { creditPanel, rulesOf } from "./credit";
import { curvePanel } from "./curve";
import { dataPanel } from "./data";
import { curvatureOf } from "./diagnosis";
import { slipNumbers } from "./engine/agreement";
import { Trainer } from "./engine/trainer";
import { fogPanel } from "./fog";
import { headline } from "./headline";
import { knobsPanel } from "./knobspanel";
import { Lab } from "./lab";
import { climb, move } from "./ladder";
import { lessonsPanel } from "./lessons";
import { Maps } from "./maps";
import { networkPanel } from "./network";
import { numberPanel } from "./number";
import { ownTable } from "./own";
import type { LearnPayload } from "./payload";
import { rowsOf } from "./rowsof";
import { openStep, stepPayload } from "./steppage";
import { timeBar, toggle } from "./timebar";

export { curvatureOf, rulesOf, slipNumbers, stepPayload };

/** Milliseconds of a frame that are for training and drawing together, at most and at least, and the least for training. */
const [FRAME, FEW, LEAST] = [13, 6, 3];
/** A frame that comes later than this, in seconds, was missed: the next that draw have so much less room; each in time gives some back. */
const [LATE, LESS, MORE] = [0.02, 1, 0.1];
/** Where drawing takes longer than this, in milliseconds, it takes a sixth of the time at most. */
const [LONG, SHARE] = [6, 6];
const TABS: [string, string][] = [["data", "Data"], ["network", "Network"], ["number", "This weight"]];

export function mountLearn(element: HTMLElement, payload: LearnPayload): Lab {
  const lab = new Lab(payload);
  const maps = new Maps(lab);
  const open = () => openStep(lab, main);
  const [lessons, own] = [lessonsPanel(lab), ownTable(lab)];
  const main: HTMLElement = h("main", { class: "view learn", "data-tab": "data" },
    headline(lab), knobsPanel(lab), timeBar(lab, open, lessons.links, own.link), own.form, lessons.told, tabs(() => main),
    h("div", { class: "bench" }, dataPanel(lab, maps), networkPanel(lab, maps), numberPanel(lab), fogPanel(lab), curvePanel(lab), creditPanel(lab)),
    footer(lab, payload));
  element.replaceChildren(main);
  document.addEventListener("keydown", (event) => !main.hidden && keyed(lab, event, open));
  if (location.hash) read(lab, location.hash);
  let written_ = "";
  const address = () => {
    const text = written(lab);
    if (text === written_ || lab.playing || location.protocol === "about:") return;
    written_ = text;
    history.replaceState(null, "", text);
  };
  lab.listen(address);
  window.addEventListener("hashchange", () => location.hash !== written_ && read(lab, location.hash));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => lab.changed());
  run(lab);
  return lab;
}

/** Take steps in each frame while it plays. */
function run(lab: Lab): void {
  let [before, owed, drawing, drawn, room] = [0, 0, 0, 0, FRAME];
  const frame = (now: number) => {
    requestAnimationFrame(frame);
    const passed = Math.min(0.2, (now - before) / 1000);
    before = now;
    if (!lab.playing) return;
    room = passed > LATE ? Math.max(FEW, room - LESS) : Math.min(FRAME, room + MORE);
    owed = lab.speed ? owed + passed * lab.speed : Infinity;
    if (owed < 1) return;
    const isSkipped = drawing > LONG && !lab.speed && now - drawn < SHARE * drawing;
    lab.advance(Math.floor(Math.min(owed, 1e6)), isSkipped ? FRAME : Math.max(LEAST, room - drawing));
    owed = lab.speed ? owed % 1 : 0;
    if (isSkipped && lab.playing) return;
    drawn = performance.now();
    lab.changed();
    drawing += 0.2 * (performance.now() - drawn - drawing);
  };
  requestAnimationFrame(frame);
}

/** On a narrow screen one of three panels is shown. */
function tabs(main: () => HTMLElement): HTMLElement {
  const bar = h("div", { class: "tabs", role: "group", "aria-label": "what is shown" });
  const draw = (chosen: string) => {
    main().setAttribute("data-tab", chosen);
    bar.replaceChildren(...TABS.map(([name, text]) => h("button", { type: "button", "aria-pressed": String(name === chosen), class: name === chosen ? "on" : null,
      click: () => draw(name) }, text)));
  };
  queueMicrotask(() => draw("data"));
  return bar;
}

function keyed(lab: Lab, event: KeyboardEvent, open: () => void): void {
  const target = event.target as HTMLElement;
  if (event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA|SUMMARY)$/.test(target.tagName)) return;
  if (event.key === " " && target.tagName === "BUTTON") return;
  const moves: Record<string, () => void> = {
    " ": () => toggle(lab),
    ArrowRight: () => move(lab, event.shiftKey ? "epoch" : lab.scale, 1),
    ArrowLeft: () => move(lab, event.shiftKey ? "epoch" : lab.scale, -1),
    ArrowUp: () => climb(lab, -1),
    ArrowDown: () => climb(lab, 1),
    Home: () => lab.reset(),
    Escape: () => lab.open(null),
    o: open,
  };
  const act = moves[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function footer(lab: Lab, payload: LearnPayload): HTMLElement {
  return h("footer", { class: "quiet" },
    h("p", { class: "agreement" }, agreementOf(payload)),
    h("p", {}, `${lab.payload.made_by}. The page makes no request; the equations it trains with are the ones it shows.`));
}

/** How far the page's own first steps differ from the NumPy engine's, which are recorded in it. */
export function agreementOf({ definitions, task, training, start, datasets, agreement }: LearnPayload): string {
  const [rows] = rowsOf(datasets[0]!, datasets[0]!.level);
  const trainer = new Trainer(definitions, { task, ...training, start }, rows);
  let most = 0;
  for (const known of agreement.losses) {
    const [own] = trainer.advance();
    most = Math.max(most, Math.abs(own - known) / Math.max(1, Math.abs(known)));
  }
  const agrees = most <= 1e-12;
  return `The first ${agreement.losses.length} steps ${agrees ? "agree with the NumPy engine to 1e-12" : `differ from the NumPy engine by ${shown(most, 2)}`}`
    + (agrees ? ` (largest difference ${shown(most, 2)}).` : ".");
}

const element = document.getElementById("clearprop");
const data = document.getElementById("clearprop-data");
export const lab = element && data ? mountLearn(element, JSON.parse(data.textContent ?? "") as LearnPayload) : null;
