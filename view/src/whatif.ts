// What if a given number were another? The whole step is computed again in the page and marked so.

import type { App, Place } from "./app";
import { unraveled } from "./cells";
import { h, refill } from "./dom";
import { exact, shown, typed } from "./numbers";
import { address, flat } from "./step";
import { cellName, math } from "./write";

/** A field for another value of a given number. */
export function supposition(app: App, { quantity, index }: Place): HTMLElement | null {
  if (!app.recorded.isWhole || quantity.path.startsWith("state.")) {
    return h("p", { class: "quiet" }, "Given: it was not computed in this step.");
  }
  const place = flat(quantity.shape, index);
  const value = app.step.at(quantity, index)!;
  const isChanged = app.changes.has(`${quantity.path}#${place}`);
  const message = h("span", { class: "message", role: "status" });
  const field = h("input", {
    class: "mono", type: "text", inputmode: "decimal", size: 12, value: exact(value),
    "data-key": "suppose", "aria-label": `what if ${address(quantity.path, index)} were`,
    autocomplete: "off", spellcheck: "false",
  });
  const put = (event: Event) => {
    event.preventDefault();
    const number = typed(field.value);
    if (number === undefined) message.textContent = "not a number";
    else app.suppose(quantity, place, number);
  };
  return h("form", { class: "suppose", submit: put },
    h("span", { class: "quiet" }, "given. "),
    h("label", {}, "What if it were ", field),
    h("button", { type: "submit" }, "compute"),
    isChanged ? h("button", { type: "button", click: () => app.suppose(quantity, place, undefined) }, "put back") : null,
    message);
}

/** What is changed, what became of the loss, and the way back. */
export function whatIfBanner(app: App): HTMLElement {
  const banner = h("div", { class: "what-if", role: "status" });
  app.listen(() => {
    banner.hidden = app.changes.size === 0;
    refill(banner, banner.hidden ? null : contents(app));
  });
  banner.hidden = true;
  return banner;
}

function contents(app: App): (Node | string)[] {
  const changed = [...app.changes].map(([key, value]) => {
    const [path, place] = key.split("#") as [string, string];
    const quantity = app.step.find(path)!;
    const index = unraveled(quantity.shape, Number(place));
    const before = app.recorded.at(quantity, index)!;
    return h("span", { class: "nowrap" }, math(cellName(quantity, index)), " ",
      h("span", { class: "mono" }, `${shown(before)} → ${shown(value)}`));
  });
  return [
    h("strong", {}, "What if"),
    h("span", { class: "changes" }, ...changed.flatMap((one, place) => (place ? [", ", one] : [one]))),
    h("span", { class: "quiet" }, "Every number below was computed again in this page; none was recorded."),
    h("button", { type: "button", "data-key": "rewind", click: () => app.rewind() }, "rewind"),
  ];
}
