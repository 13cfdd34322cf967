// The loss over the steps: a line through time that can be dragged, and a run that was pinned beside it.

import { h } from "../dom";
import { shown } from "../numbers";
import { h as describe, refill, s } from "../tree";
import { differences } from "./knobs";
import type { CurvePoint, Lab } from "./lab";

/** In a low window the picture is lower, so that the loss is seen beside the data. */
const [HEIGHT, LEFT, BOTTOM, TOP] = [innerHeight < 800 ? 104 : 136, 64, 20, 8];
/** A loss so many times the first one is cut off at the top. */
const CUT = 2.2;
/** While training, what is wrong is looked for only so often, in milliseconds. */
const PAUSE = 250;

export function curvePanel(lab: Lab): HTMLElement {
  const frame = h("div", { class: "curve" });
  const head = h("div", { class: "panel-head" });
  const said = h("p", { class: "diagnosis", role: "status" });
  const slider = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "step: drag to rewind", class: "time",
    input: () => lab.goTo(Number(slider.value)) });
  let [width, judged, trouble] = [0, 0, ""];
  const draw = () => {
    slider.max = String(lab.last);
    slider.value = String(lab.trainer.step);
    refill(head, heading(lab));
    if (!lab.playing || performance.now() - judged > PAUSE) [trouble, judged] = [lab.diagnosis(), performance.now()];
    said.classList.toggle("trouble", trouble !== "");
    const text = trouble || differing(lab) || (lab.touched ? "Changed by hand: this is another training now, which a link does not hold." : "");
    if (said.textContent !== text) said.textContent = text;
    if (width) refill(frame, picture(lab, width));
  };
  new ResizeObserver(() => {
    width = frame.clientWidth;
    draw();
  }).observe(frame);
  lab.listen(draw);
  draw();
  return h("section", { class: "curve-panel", "aria-label": "loss over the steps" }, head, frame, slider, said);
}

function picture(lab: Lab, width: number) {
  const { curve, pinned } = lab;
  const last = Math.max(10, lab.last, pinned?.curve[pinned.curve.length - 1]?.step ?? 0);
  const first = Math.max(curve[0]!.loss, pinned?.curve[0]?.loss ?? 0, 1e-12);
  const top = Math.min(CUT * first, Math.max(...[...curve, ...(pinned?.curve ?? [])].flatMap((one) => [finite(one.loss), finite(one.held)]))) * 1.05 || 1;
  const x = (step: number) => LEFT + (step / last) * (width - LEFT - 12);
  const y = (loss: number) => TOP + (1 - Math.min(Math.max(loss, 0), top) / top) * (HEIGHT - TOP - BOTTOM);
  const line = (points: CurvePoint[], of: (one: CurvePoint) => number | null) => points
    .flatMap((one) => {
      const value = of(one);
      return value === null || !Number.isFinite(value) ? [] : [`${x(one.step).toFixed(1)} ${y(value).toFixed(1)}`];
    }).join("L");
  const path = (name: string, d: string) => (d ? s("path", { class: name, d: `M${d}` }) : null);
  const now = lab.trainer.step;
  const drag = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    lab.goTo(Math.min(lab.last, ((event.clientX - box.left - LEFT) / (width - LEFT - 12)) * last));
  };
  return s("svg", { width, height: HEIGHT, role: "img", "aria-label": `Loss from ${shown(curve[0]!.loss)} to ${shown(curve[curve.length - 1]!.loss)} over ${lab.last} steps.`,
    pointerdown: drag, pointermove: (event: PointerEvent) => event.buttons && drag(event) },
    [0, 0.5, 1].map((part) => s("g", {},
      s("path", { class: "hair", d: `M${LEFT} ${y(part * top)}H${width - 12}` }),
      s("text", { class: "tick", x: LEFT - 6, y: y(part * top) + 4, "text-anchor": "end" }, shown(part * top, 2)))),
    [0, 0.5, 1].map((part) => s("text", { class: "tick", x: x(part * last), y: HEIGHT - 5, "text-anchor": part === 0 ? "start" : part === 1 ? "end" : "middle" },
      String(Math.round(part * last)))),
    path("pinned-line", line(pinned?.curve ?? [], (one) => one.loss)),
    path("held-line", line(curve, (one) => one.held)),
    path("loss-line", line(curve, (one) => one.loss)),
    s("path", { class: "cursor", d: `M${x(now)} ${TOP}V${HEIGHT - BOTTOM}` }));
}

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : 0);

function heading(lab: Lab) {
  const { pinned } = lab;
  const key = (kind: string, text: string) => describe("span", { class: "quiet small" }, describe("span", { class: `key ${kind}-key` }), ` ${text}`);
  return [describe("h3", {}, "loss"), key("loss", "training"), lab.held ? key("held", "held out") : null, pinned ? key("pinned", "pinned") : null,
    describe("button", { type: "button", class: "link small", "data-key": "pin", title: "pin this run, to compare another with it", click: () => {
      lab.pinned = pinned ? null : { knobs: { ...lab.knobs }, curve: [...lab.curve] };
      lab.changed();
    } }, pinned ? "unpin" : "pin this run")];
}

/** What differs between this run and the pinned one. */
function differing({ pinned, knobs }: Lab): string {
  if (!pinned) return "";
  const changed = differences(pinned.knobs, knobs);
  return changed.length ? `Pinned run: ${changed.join("; ")}.` : "Change something: this run and the pinned one are alike so far.";
}
