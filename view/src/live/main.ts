// The page that follows a training: mounted on its element, filled anew with all that comes.

import { h as element } from "../dom";
import { count } from "../numbers";
import { h, refill } from "../tree";
import { chart } from "./chart";
import { controls } from "./controls";
import { follow } from "./feed";
import { findings, head, layersTable, log, runsTable, stateOf } from "./panels";
import type { Payload } from "./payload";
import { plots } from "./plots";
import { Store } from "./store";

/** Of a column of charts: its least width, and the space to the next one, in pixels. */
const [COLUMN, GAP] = [416, 40];

export function mount(place: HTMLElement, payload: Payload): Store {
  const store = new Store();
  const page = element("main", { class: "report live" });
  const announced = element("p", { class: "unseen", role: "status" });
  let width = 0;
  const draw = () => {
    const run = store.run;
    if (!run) {
      refill(page, h("h1", {}, "No training yet"), h("p", {}, "The page fills as soon as one begins."));
      return;
    }
    const last = run.last?.epoch ?? 0;
    const epoch = Math.max(1, Math.min(store.epoch ?? last, last));
    const look = (at: number | null) => store.look(at);
    const columns = Math.max(1, Math.floor((width + GAP) / (COLUMN + GAP)));
    const across = Math.floor((width - GAP * (columns - 1)) / columns);
    const others = store.runs.filter((one) => one !== run && one.last);
    refill(page,
      head(store, run),
      controls(store, run),
      findings(run),
      runsTable(store, run),
      last > 0 && h("section", { "aria-labelledby": "curves-title" },
        h("h2", { id: "curves-title" }, store.runs.length > 1 ? `Curves of ${run.name}` : "Curves"),
        h("div", { class: "epoch" },
          h("label", { for: "epoch" }, "epoch"),
          h("input", { type: "range", id: "epoch", "data-key": "epoch", min: 1, max: Math.max(last, 2), step: 1, value: epoch, disabled: last < 2,
            input: (event: Event) => look(Number((event.target as HTMLInputElement).value)) }),
          h("output", { for: "epoch" }, `${count(epoch)} of ${count(last)}${store.epoch === null ? ", the latest" : ""}`),
          h("button", { type: "button", "data-key": "latest", disabled: store.epoch === null, click: () => look(null) }, "go to the latest")),
        h("div", { class: "charts" }, width > 0 && plots(run, others).map((plot) => chart(plot, across, { epoch, last, look })))),
      layersTable(run, epoch),
      log(store, run),
      h("footer", { class: "quiet small" }, h("p", {}, "Numbers have four significant digits; point at one to see all its digits.")));
    const state = stateOf(store, run);
    const told = state.startsWith("no news") ? "no news" : state;
    if (announced.textContent !== told) announced.textContent = told;
    document.title = `${count(last)} of ${count(run.head?.epochs ?? 0)}, ${told}: ${run.name}`;
  };
  place.replaceChildren(page, announced);
  new ResizeObserver(() => {
    const style = getComputedStyle(page);
    const inside = Math.floor(page.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    if (inside !== width) {
      width = inside;
      draw();
    }
  }).observe(page);
  store.listen(draw);
  store.take(payload);
  return store;
}

const place = document.getElementById("clearprop");
const data = document.getElementById("clearprop-data");
if (place && data) follow(mount(place, JSON.parse(data.textContent ?? "") as Payload));
