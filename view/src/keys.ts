// The keyboard: arrows step, Home and End jump, Escape goes back up the trail.

import type { App } from "./app";

const OWN_KEYS = "input, select, textarea";

export function keyboard(app: App, element: HTMLElement, signal?: AbortSignal): void {
  const jumps: Record<string, () => void> = {
    ArrowRight: () => app.go(app.moment + 1),
    ArrowLeft: () => app.go(app.moment - 1),
    Home: () => app.go(0),
    End: () => app.go(app.moments.length - 1),
    Escape: () => app.back(),
  };
  element.ownerDocument.addEventListener("keydown", (event) => {
    const target = event.target as Element;
    const isElsewhere = target !== document.body && !element.contains(target);
    if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isField = target.matches(OWN_KEYS);
    if (isField && event.key !== "Escape") return;
    const jump = jumps[event.key];
    if (!jump) return;
    event.preventDefault();
    jump();
  }, { signal });
  element.addEventListener("copy", (event) => copyExactly(event));
}

/** A number is copied with all its digits. */
function copyExactly(event: ClipboardEvent): void {
  const selection = document.getSelection();
  const text = selection?.toString() ?? "";
  const node = selection?.anchorNode;
  const element = text ? (node instanceof Element ? node : node?.parentElement) : document.activeElement;
  const owner = element?.closest("[data-exact]");
  if (!owner || (text && owner.textContent?.trim() !== text.trim())) return;
  event.clipboardData?.setData("text/plain", owner.getAttribute("data-exact")!.replaceAll("−", "-"));
  event.preventDefault();
}
