// The view put together in an element. A host is where it stands: a page, a frame, a widget.

import { App, LENSES } from "./app";
import type { Lens } from "./app";
import { h } from "./dom";
import { isGuest } from "./root";
import { addresses } from "./hash";
import { headline } from "./headline";
import { keyboard } from "./keys";
import { momentPanel, narrated } from "./moment";
import type { Payload } from "./payload";
import { legend, picture } from "./picture";
import { rowsPanel } from "./rows";
import { scrubber } from "./scrubber";
import { tablePanel } from "./table";
import { h as described, newMemo, refill } from "./tree";
import { whatIfBanner } from "./whatif";
import { whyPanel } from "./why";

export interface Host {
  payload: Payload;
  /** Where the reader is, as the host's address has it. */
  address?: () => string;
  goto?: (text: string) => void;
  moved?: (listener: (text: string) => void) => void;
  /** Ends the view: its keys are no longer heard. */
  signal?: AbortSignal;
}

/** A network of more columns takes the whole width. */
const SIDE_BY_SIDE = 6;

/** Show a step in an element. */
export function mount(element: HTMLElement, host: Host): App {
  const app = new App(host.payload);
  const says = h("p", { class: "readout mono", "aria-hidden": "true" });
  const voice = h("p", { class: "unseen", role: "status" });
  const view = h(isGuest(element) ? "section" : "main", { class: "view", "aria-label": "training step" },
    headline(app),
    whatIfBanner(app),
    h("div", { class: `stage${host.payload.columns.length > SIDE_BY_SIDE ? " deep" : ""}` },
      h("section", { class: "network", "aria-label": "network" },
        lenses(app), rowsPanel(app), drawn(app, (text) => (says.textContent = text)), says),
      h("section", { class: "now-panel", "aria-label": "this moment" }, momentPanel(app), whyPanel(app), tools(app))),
    scrubber(app),
    tablePanel(app),
    voice,
    footer(app));
  element.replaceChildren(view);
  addresses(app, host);
  keyboard(app, element, host.signal);
  app.listen(() => refill(voice, narrated(app)));
  app.look(app.chosen);
  return app;
}

function lenses(app: App): HTMLElement {
  const bar = h("div", { class: "lenses", role: "group", "aria-label": "what the picture shows" });
  const button = (lens: Lens) => {
    const isOn = app.lens === lens;
    return described("button", { type: "button", class: isOn ? "on" : null, "aria-pressed": String(isOn),
      "data-key": `lens ${lens}`, click: () => app.look(app.chosen === lens ? null : lens) }, lens);
  };
  const known = LENSES.filter((lens) => lens !== "updates" || app.step.payload.update !== null);
  app.listen(() => refill(bar, known.map(button),
    app.chosen ? described("button", { type: "button", class: "link", "data-key": "lens follow", click: () => app.look(null) },
      "follow the moment") : null));
  return bar;
}

/** The picture, drawn again when the state or the room for it changes. */
function drawn(app: App, say: (text: string) => void): HTMLElement {
  const frame = h("div", { class: "drawing" });
  const key = h("div", {});
  const kept = newMemo();
  let width = 0; // remembered: to ask for it is to lay out the page
  const draw = () => {
    width ||= frame.clientWidth;
    if (width) refill(frame, picture(app, width, say, kept));
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
    described("button", { type: "button", class: "link", "aria-pressed": String(app.hiding), "data-key": "hide",
      click: () => app.hide(!app.hiding) }, app.hiding ? "show the numbers" : "check my work: hide the numbers")));
  return bar;
}

function footer(app: App): HTMLElement {
  return h("footer", { class: "quiet" },
    h("p", {}, "← → step through the moments, Home and End jump, Tab walks the numbers, Enter opens where one came from, Esc goes back."),
    h("p", {}, `4 significant digits; a number is copied with all of them. ${app.recorded.payload.made_by}`));
}
