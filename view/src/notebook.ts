// Stands beside the frame in a notebook. VS Code scrolls a notebook by listening for the wheel: what a frame of
// ours has no use for, it hears as if there were no frame. Elsewhere nothing is listened to.

import type { WheelMessage } from "./wheel";

const around = window as { clearpropHearsWheel?: boolean };

function hear({ source, data }: MessageEvent<WheelMessage | null>): void {
  if (data?.clearprop !== "wheel") return;
  const frames = [...document.querySelectorAll<HTMLIFrameElement>("iframe.clearprop-view")];
  frames.find(({ contentWindow }) => contentWindow === source)
    ?.dispatchEvent(new WheelEvent("wheel", { bubbles: true, ...data.turned }));
}

// Once, however many steps a notebook shows.
if (document.body?.dataset.vscodeThemeKind && !around.clearpropHearsWheel) {
  around.clearpropHearsWheel = true;
  window.addEventListener("message", hear);
}
