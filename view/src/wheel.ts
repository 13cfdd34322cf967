// Passes the wheel on to the notebook around the frame when the page cannot scroll further. Browsers do
// so themselves, but VS Code scrolls its notebooks by a listener, which gets no events of a frame.

/** The only message from the frame to the notebook. VS Code reads the older wheelDelta values. */
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

/** Whether an element, or one around it, can scroll further in that direction. */
function scrolls(element: Element | null, by: number): boolean {
  if (!element) return false;
  const isPage = element === document.scrollingElement;
  const room = by < 0 ? element.scrollTop : element.scrollHeight - element.clientHeight - element.scrollTop;
  const isScroller = isPage || ["auto", "scroll"].includes(getComputedStyle(element).overflowY);
  return (isScroller && room > 1) || scrolls(element.parentElement, by);
}
