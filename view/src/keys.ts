// The keyboard: ← and → go to the next moment, Home and End to the ends, Escape goes back along the trail.

import type { App } from "./app";
import { activeIn, isInShadowRoot } from "./root";

const OWN_KEYS = "input, select, textarea";

export function keyboard(app: App, element: HTMLElement, signal?: AbortSignal): void {
  const jumps: Record<string, () => void> = {
    ArrowRight: () => app.go(app.moment + 1),
    ArrowLeft: () => app.go(app.moment - 1),
    Home: () => app.go(0),
    End: () => app.go(app.moments.length - 1),
    Escape: () => app.back(),
  };
  // In a page of its own the view takes all keys; in a shadow root only those typed inside it.
  const isPart = isInShadowRoot(element);
  const keepFocus = () => {
    if (isPart && !activeIn(element)) element.focus({ preventScroll: true });
  };
  const scope: EventTarget = isPart ? element : element.ownerDocument;
  scope.addEventListener("keydown", (typed) => {
    const event = typed as KeyboardEvent;
    const target = event.target as Element;
    const isElsewhere = target !== document.body && !element.contains(target);
    if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey) return;
    if (isPart) event.stopPropagation();
    if (event.shiftKey) return;
    const isField = target.matches(OWN_KEYS);
    if (isField && event.key !== "Escape") return;
    const jump = jumps[event.key];
    if (!jump) return;
    event.preventDefault();
    jump();
    keepFocus();
  }, { signal });
  // The clicked element may be gone after a click: keep the focus in the view.
  if (isPart) element.tabIndex = -1;
  element.addEventListener("click", keepFocus, { signal });
  element.addEventListener("copy", (event) => copyExactly(element, event), { signal });
}

/** Copy a number with all its digits. */
function copyExactly(view: Element, event: ClipboardEvent): void {
  // In some browsers only the shadow root knows the selection inside it.
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
