// The keyboard: arrows step, Home and End jump, Escape goes back up the trail.

import type { App } from "./app";
import { activeIn, isGuest } from "./root";

const OWN_KEYS = "input, select, textarea";

export function keyboard(app: App, element: HTMLElement, signal?: AbortSignal): void {
  const jumps: Record<string, () => void> = {
    ArrowRight: () => app.go(app.moment + 1),
    ArrowLeft: () => app.go(app.moment - 1),
    Home: () => app.go(0),
    End: () => app.go(app.moments.length - 1),
    Escape: () => app.back(),
  };
  // A page's keys are the view's; in a shadow root the view is a guest, and hears its own alone.
  const guest = isGuest(element);
  const settle = () => {
    if (guest && !activeIn(element)) element.focus({ preventScroll: true });
  };
  const scope: EventTarget = guest ? element : element.ownerDocument;
  scope.addEventListener("keydown", (heard) => {
    const event = heard as KeyboardEvent;
    const target = event.target as Element;
    const isElsewhere = target !== document.body && !element.contains(target);
    if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey) return;
    if (guest) event.stopPropagation();
    if (event.shiftKey) return;
    const isField = target.matches(OWN_KEYS);
    if (isField && event.key !== "Escape") return;
    const jump = jumps[event.key];
    if (!jump) return;
    event.preventDefault();
    jump();
    settle();
  }, { signal });
  // What was clicked may be gone by now: the keys stay with the view.
  if (guest) element.tabIndex = -1;
  element.addEventListener("click", settle, { signal });
  element.addEventListener("copy", (event) => copyExactly(element, event), { signal });
}

/** A number is copied with all its digits. */
function copyExactly(view: Element, event: ClipboardEvent): void {
  // Where browsers keep the selection within a shadow root to itself, the root tells it.
  const root = view.getRootNode() as { getSelection?: () => Selection | null };
  const selection = root.getSelection?.() ?? document.getSelection();
  const text = selection?.toString() ?? "";
  const node = selection?.anchorNode;
  const element = text ? (node instanceof Element ? node : node?.parentElement) : activeIn(view);
  const owner = element?.closest("[data-exact]");
  if (!owner || (text && owner.textContent?.trim() !== text.trim())) return;
  event.clipboardData?.setData("text/plain", owner.getAttribute("data-exact")!.replaceAll("−", "-"));
  event.preventDefault();
}
