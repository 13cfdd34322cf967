// A box that scrolls sideways where it is too narrow, with a line that says so.

import { h } from "../dom";
import type { Child } from "../tree";

/** Put something wide into a box of its own, which the keyboard can scroll. */
export function scrolling(content: Child, name: string): HTMLElement {
  const box = h("div", { class: "box scroll", tabindex: 0, role: "region", "aria-label": name }, content);
  const hint = h("p", { class: "quiet small hint", hidden: true }, "More columns to the right: scroll the table sideways →");
  const look = () => {
    hint.hidden = box.scrollWidth <= box.clientWidth + 1 || box.scrollLeft + box.clientWidth >= box.scrollWidth - 1;
  };
  box.addEventListener("scroll", look, { passive: true });
  const watch = new ResizeObserver(look);
  watch.observe(box);
  for (const child of box.children) watch.observe(child);
  return h("div", {}, hint, box);
}
