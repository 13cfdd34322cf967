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
import { whatIfBanner } from "./whatif";
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
  const view = h(isInShadowRoot(element) ? "section" : "main", { class: "view", "aria-label": "training step" },
    headline(app),
    whatIfBanner(app),
    h("div", { class: `stage${host.payload.columns.length > SIDE_BY_SIDE ? " deep" : ""}` },
      h("section", { class: "network", "aria-label": "network" },
        lenses(app), rowsPanel(app), pictureFrame(app, (text) => (says.textContent = text)), says),
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
  app.listen(() => refill(bar, known.map(button),
    app.chosen ? describe("button", { type: "button", class: "link", "data-key": "lens follow", click: () => app.chooseLens(null) },
      "follow the moment") : null));
  return bar;
}

/** The picture, drawn again when the state or the width changes. */
function pictureFrame(app: App, say: (text: string) => void): HTMLElement {
  const frame = h("div", { class: "drawing" });
  const key = h("div", {});
  const memo = newMemo();
  let width = 0; // remembered, because reading it makes the browser lay out the page
  const draw = () => {
    width ||= frame.clientWidth;
    if (width) refill(frame, picture(app, width, say, memo));
    refill(key, legend(app));
  };
  new ResizeObserver(() => {
    if (frame.clientWidth === width) return;
    width = frame.clientWidth;
    draw();
  }).observe(frame);
  app.listen(draw);
  return h("div", {}, frame, key);
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
    h("p", {}, "← → go from moment to moment, Home and End to the ends. Tab goes from number to number, Enter shows where one came from, Esc goes back."),
    h("p", {}, `Numbers have 4 significant digits; a copied number has all its digits. ${app.recorded.payload.made_by}`));
}
