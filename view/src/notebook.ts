// A script beside the frame in a notebook. VS Code scrolls a notebook by a listener for the wheel. This
// script gives it the wheel events that the frame passes on. In other notebooks it does nothing.

import type { WheelMessage } from "./wheel";

const around = window as { clearpropListens?: boolean };

function passOn({ source, data }: MessageEvent<WheelMessage | null>): void {
  if (data?.clearprop !== "wheel") return;
  const frames = [...document.querySelectorAll<HTMLIFrameElement>("iframe.clearprop-view")];
  frames.find(({ contentWindow }) => contentWindow === source)
    ?.dispatchEvent(new WheelEvent("wheel", { bubbles: true, ...data.turned }));
}

// Listen once, however many steps the notebook shows.
if (document.body?.dataset.vscodeThemeKind && !around.clearpropListens) {
  around.clearpropListens = true;
  window.addEventListener("message", passOn);
}
