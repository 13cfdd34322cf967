// Puts the view together in an element. Its host is a page, a frame or a widget.

import { App, LENSES } from "./app";
import type { Lens } from "./app";
import { h } from "./dom";
import { isInShadowRoot } from "./root";
import { addresses } from "./hash";
import { headline } from "./headline";
import { keyboard } from "./keys";
import { momentPanel, momentSentence } from "./moment";
import type { Payload } from "./payload";
import { legend, picture } from "./picture";
import { rowsPanel } from "./rows";
import { scrubber } from "./scrubber";
import { tablePanel } from "./table";
import { h as describe, newMemo, refill } from "./tree";
import { whyPanel } from "./why";

export interface Host {
  payload: Payload;
  /** The address that the host has now. */
  address?: () => string;
  /** Give the host a new address. */
  setAddress?: (text: string) => void;
  /** Call a listener whenever the reader changes the address of the host. */
  onAddress?: (listener: (text: string) => void) => void;
  /** Aborted when the view ends: then it no longer listens to keys. */
  signal?: AbortSignal;
}

/** A network with more columns takes the whole width. */
const SIDE_BY_SIDE = 6;

/** Show a step in an element. */
export function mount(element: HTMLElement, host: Host): App {
  const app = new App(host.payload);
  const says = h("p", { class: "readout mono", "aria-hidden": "true" });
  const voice = h("p", { class: "unseen", role: "status" });
  const view = h(isInShadowRoot(element) ? "section" : "main", { class: "view step-view", "aria-label": "training step" },
    headline(app),
    h("div", { class: `stage${host.payload.columns.length > SIDE_BY_SIDE ? " deep" : ""}` },
      h("section", { class: "network", "aria-label": "network" },
        lenses(app), rowsPanel(app), pictureFrame(app, (text) => (says.textContent = text), host.signal), says),
      h("section", { class: "now-panel", "aria-label": "this moment" }, momentPanel(app), whyPanel(app), tools(app))),
    scrubber(app),
    tablePanel(app),
    voice,
    footer(app));
  element.replaceChildren(view);
  addresses(app, host);
  keyboard(app, element, host.signal);
  app.listen(() => refill(voice, momentSentence(app)));
  app.chooseLens(app.chosen);
  return app;
}

function lenses(app: App): HTMLElement {
  const bar = h("div", { class: "lenses", role: "group", "aria-label": "what the picture shows" });
  const button = (lens: Lens) => {
    const isOn = app.lens === lens;
    return describe("button", { type: "button", class: isOn ? "on" : null, "aria-pressed": String(isOn),
      "data-key": `lens ${lens}`, click: () => app.chooseLens(app.chosen === lens ? null : lens) }, lens);
  };
  const known = LENSES.filter((lens) => lens !== "updates" || app.step.payload.update !== null);
  // The button keeps its place while it is not needed, so that nothing moves when it is.
  app.listen(() => refill(bar, known.map(button),
    describe("button", { type: "button", class: `link${app.chosen ? "" : " unneeded"}`, disabled: !app.chosen, "data-key": "lens follow", title: "show what the moment computes",
      click: () => app.chooseLens(null) }, "by moment")));
  return bar;
}

/** The picture, drawn again when the state or the width changes. */
function pictureFrame(app: App, say: (text: string) => void, signal?: AbortSignal): HTMLElement {
  const frame = h("div", { class: "drawing" });
  const key = h("div", {});
  const memo = newMemo();
  let width = 0; // remembered, because reading it makes the browser lay out the page
  let room = Infinity;
  const draw = () => {
    if (!width && frame.clientWidth) [width, room] = [frame.clientWidth, roomFor(frame)];
    if (width) refill(frame, picture(app, width, room, say, memo));
    refill(key, legend(app));
  };
  new ResizeObserver(() => {
    if (frame.clientWidth === width) return;
    width = 0;
    draw();
  }).observe(frame);
  window.addEventListener("resize", () => {
    width = 0;
    draw();
  }, { signal });
  app.listen(draw);
  return h("div", {}, frame, key);
}

/** What stands under the picture, at most: the legend and the number under the pointer. */
const BELOW = 84;
/** The stations in one line, before they are drawn. */
const BAR = 64;
/** The picture fits into a window of this height or more, and of this width; in smaller ones it takes the room it needs. */
const [LOWEST, NARROWEST] = [600, 861];

/** The height for the picture with which it fits into the window, above the stations. */
function roomFor(frame: HTMLElement): number {
  if (isInShadowRoot(frame) || window.innerHeight < LOWEST || window.innerWidth < NARROWEST) return Infinity;
  const bar = frame.closest("main")?.querySelector<HTMLElement>(".scrubber");
  const top = frame.getBoundingClientRect().top + window.scrollY;
  return window.innerHeight - top - BELOW - Math.max(BAR, bar?.offsetHeight ?? 0);
}

function tools(app: App): HTMLElement {
  const bar = h("p", { class: "tools" });
  app.listen(() => refill(bar,
    describe("button", { type: "button", class: "link", "aria-pressed": String(app.hiding), "data-key": "hide",
      click: () => app.hide(!app.hiding) }, app.hiding ? "show the numbers" : "check my work: hide the numbers")));
  return bar;
}

function footer(app: App): HTMLElement {
  return h("footer", { class: "quiet" },
    h("p", {}, "← → go from moment to moment, Home and End to the ends; the number that you follow stays. In the picture and in the table the arrow keys go from number to number, Enter shows where one came from, Esc goes back."),
    h("p", {}, `Numbers have 4 significant digits; a copied number has all its digits. Units and the places in brackets are counted from 0. ${app.recorded.payload.made_by}`));
}
