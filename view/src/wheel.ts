// The wheel goes on to the notebook around a frame where the page has no further to scroll. Browsers do
// so themselves, but a notebook that scrolls by listening for the wheel (VS Code) hears nothing from a frame.

/** What the frame tells the notebook, and nothing else. Chromium counts twice, VS Code by the older count. */
export interface WheelMessage {
  clearprop: "wheel";
  turned: { deltaX: number; deltaY: number; deltaMode: number; wheelDeltaX?: number; wheelDeltaY?: number };
}

export function passWheelOn(): void {
  window.addEventListener("wheel", (event) => {
    if (event.ctrlKey || scrolls(event.target as Element | null, event.deltaY)) return;
    const { deltaX, deltaY, deltaMode, wheelDeltaX, wheelDeltaY } = event as WheelMessage["turned"];
    const turned = { deltaX, deltaY, deltaMode, wheelDeltaX, wheelDeltaY };
    window.parent.postMessage({ clearprop: "wheel", turned } satisfies WheelMessage, "*");
  }, { passive: true });
}

/** Whether an element, or one around it, has room to scroll that way. */
function scrolls(element: Element | null, by: number): boolean {
  if (!element) return false;
  const isPage = element === document.scrollingElement;
  const room = by < 0 ? element.scrollTop : element.scrollHeight - element.clientHeight - element.scrollTop;
  const isScroller = isPage || ["auto", "scroll"].includes(getComputedStyle(element).overflowY);
  return (isScroller && room > 1) || scrolls(element.parentElement, by);
}
