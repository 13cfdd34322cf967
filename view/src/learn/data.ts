// The data, and what the network answers everywhere between: a boundary or a curve, drawn live. Points can be
// dragged, given another class, and added.

import { h } from "../dom";
import { shown } from "../numbers";
import { h as describe, refill } from "../tree";
import type { Palette } from "./colours";
import { paint, paletteOf } from "./colours";
import { gallery } from "./gallery";
import type { Rows } from "./engine/trainer";
import type { Lab } from "./lab";
import { GRID } from "./maps";
import { unscaled } from "./rowsof";
import type { Maps } from "./maps";

const RADIUS = 4;
/** Classes beyond the first two have colours of their own. */
const CLASSES = ["minus", "plus", "c3", "c5", "c4", "quiet"];

export function dataPanel(lab: Lab, maps: Maps): HTMLElement {
  const canvas = h("canvas", { class: "field", tabindex: 0, role: "img" });
  const legend = h("p", { class: "legend" });
  const row = h("div", { class: "row-held" });
  const image = new ImageData(GRID, GRID);
  const small = document.createElement("canvas");
  small.width = small.height = GRID;
  /** The points, drawn once for the same rows: they are many, and each costs more than its place in a picture. */
  const dots = document.createElement("canvas");
  let dotsOf: unknown[] = [];
  let [size, scale] = [0, 1];

  const toX = (value: number) => ((value - maps.across.low) / (maps.across.high - maps.across.low)) * size;
  const toY = (value: number) => (1 - (value - maps.up.low) / (maps.up.high - maps.up.low)) * size;
  const placeOf = (rows: Rows, at: number): [number, number] => {
    const { inputs, outputs, x, t } = rows;
    return [toX(x[at * inputs + lab.axes[0]]!), toY(maps.isCurve ? t[at * outputs]! : x[at * inputs + lab.axes[1]]!)];
  };

  const draw = () => {
    const pen = canvas.getContext("2d");
    if (!pen || !size) return;
    const palette = paletteOf(canvas);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = palette.read("z");
    pen.fillRect(0, 0, size, size);
    const answer = maps.values("p");
    canvas.hidden = !answer;
    if (!answer) return;
    if (maps.isCurve) curve(pen, answer.data, answer.width, palette.read("ink"));
    else {
      boundary(image, answer.data, answer.width, palette, lab.data.kind === "classes");
      small.getContext("2d")!.putImageData(image, 0, 0);
      pen.imageSmoothingEnabled = true;
      pen.drawImage(small, 0, 0, size, size);
    }
    drawDots(palette);
    pen.drawImage(dots, 0, 0, size, size);
    const batch = lab.trainer.batchRows();
    pen.strokeStyle = palette.read("ink");
    pen.lineWidth = 1.25;
    if (batch.length < lab.rows.count) for (const at of batch) ring(pen, placeOf(lab.rows, at), RADIUS + 2);
    pen.strokeStyle = palette.read("accent");
    pen.lineWidth = 3;
    ring(pen, placeOf(lab.rows, lab.row), RADIUS + 5);
  };

  const drawDots = (palette: Palette) => {
    const now = [lab.rowsVersion, palette, canvas.width, ...lab.axes, maps.across, maps.up];
    if (now.every((one, at) => one === dotsOf[at])) return;
    dotsOf = now;
    dots.width = dots.height = canvas.width; // which also empties it
    const pen = dots.getContext("2d")!;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    if (lab.held) points(pen, lab.held, palette, true);
    points(pen, lab.rows, palette, false);
  };

  const ring = (pen: CanvasRenderingContext2D, [x, y]: [number, number], radius: number) => {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  };

  const curve = (pen: CanvasRenderingContext2D, data: Float64Array, width: number, colour: string) => {
    pen.strokeStyle = colour;
    pen.lineWidth = 2.5;
    for (let output = 0; output < width; output++) {
      pen.beginPath();
      for (let place = 0; place < maps.width; place++) {
        const [x, y] = [((place + 0.5) / maps.width) * size, toY(data[place * width + output]!)];
        if (place) pen.lineTo(x, y);
        else pen.moveTo(x, y);
      }
      pen.stroke();
    }
  };

  const points = (pen: CanvasRenderingContext2D, rows: Rows, palette: Palette, isHeld: boolean) => {
    for (let at = 0; at < rows.count; at++) {
      const [x, y] = placeOf(rows, at);
      const own = classOf(lab, rows, at);
      // A row of twice the weight has twice the area.
      const radius = RADIUS * Math.min(3, Math.sqrt(rows.weights?.[at] ?? 1));
      const colour = palette.read(lab.data.kind === "classes" ? CLASSES[own % CLASSES.length]! : "plus");
      pen.beginPath();
      if (own % 2 || lab.data.kind !== "classes") pen.arc(x, y, radius, 0, 2 * Math.PI);
      else pen.rect(x - radius + 0.5, y - radius + 0.5, Math.max(0, 2 * radius - 1), Math.max(0, 2 * radius - 1));
      pen.lineWidth = isHeld ? 1.5 : 1;
      pen.fillStyle = isHeld ? palette.read("paper") : colour;
      pen.strokeStyle = isHeld ? colour : palette.read("paper");
      pen.globalAlpha = isHeld ? 0.8 : 1;
      pen.fill();
      pen.stroke();
      pen.globalAlpha = 1;
    }
  };

  const nearest = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, distance] = [0, Infinity];
    for (let at = 0; at < lab.rows.count; at++) {
      const [px, py] = placeOf(lab.rows, at);
      const far = (px - x) ** 2 + (py - y) ** 2;
      if (far < distance) [best, distance] = [at, far];
    }
    return [best, Math.sqrt(distance)];
  };

  const valueAt = (event: PointerEvent | MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    const part = (range: { low: number; high: number }, at: number) => range.low + Math.min(Math.max(at, 0), 1) * (range.high - range.low);
    return [part(maps.across, (event.clientX - box.left) / size), part(maps.up, 1 - (event.clientY - box.top) / size)];
  };

  let dragged = -1;
  canvas.addEventListener("pointerdown", (event) => {
    if (!maps.program) return;
    const [at, distance] = nearest(event);
    lab.hold(at);
    if (distance > 12) return;
    dragged = at;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged >= 0 && event.buttons && Math.hypot(event.movementX, event.movementY) > 0) move(dragged, valueAt(event));
  });
  canvas.addEventListener("pointerup", () => (dragged = -1));
  canvas.addEventListener("dblclick", (event) => {
    if (maps.program) add(valueAt(event));
  });
  canvas.addEventListener("keydown", (event) => {
    const by: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = by[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.shiftKey) return lab.hold(lab.row + way[0] - way[1]);
    if (!maps.program) return;
    const { inputs, outputs, x, t } = lab.rows;
    const [across, up] = [maps.across, maps.up].map(({ low, high }) => (high - low) / GRID) as [number, number];
    const height = maps.isCurve ? t[lab.row * outputs]! : x[lab.row * inputs + lab.axes[1]]!;
    move(lab.row, [x[lab.row * inputs + lab.axes[0]]! + way[0] * across, height + way[1] * up]);
  });

  const move = (at: number, [across, up]: [number, number]) => {
    lab.edit((rows) => {
      rows.x[at * rows.inputs + lab.axes[0]] = across;
      if (maps.isCurve) rows.t[at * rows.outputs] = up;
      else rows.x[at * rows.inputs + lab.axes[1]] = up;
      return rows;
    });
  };
  /** Add a point beside the row held: with its class and its other inputs. */
  const add = (place: [number, number]) => {
    const at = lab.rows.count;
    lab.edit((rows) => ({
      ...rows, count: at + 1,
      x: joined(rows.x, rows.x.subarray(lab.row * rows.inputs, (lab.row + 1) * rows.inputs)),
      t: joined(rows.t, rows.t.subarray(lab.row * rows.outputs, (lab.row + 1) * rows.outputs)),
      ...(rows.weights ? { weights: joined(rows.weights, rows.weights.subarray(lab.row, lab.row + 1)) } : {}),
    }));
    lab.hold(at);
    move(at, place);
  };
  /** Let the row held count more or less than others. */
  const weigh = (weight: number) => lab.edit((rows) => {
    const weights = rows.weights?.slice() ?? new Float64Array(rows.count).fill(1);
    weights[lab.row] = weight;
    return { ...rows, weights };
  });
  const relabel = () => lab.edit((rows) => {
    const { outputs, t } = rows;
    const own = lab.row * outputs;
    if (outputs === 1) t[own] = 1 - t[own]!;
    else {
      const next = (classOf(lab, rows, lab.row) + 1) % outputs;
      for (let at = 0; at < outputs; at++) t[own + at] = at === next ? 1 : 0;
    }
    return rows;
  });

  const words = () => {
    const { inputs, x } = lab.rows;
    const own = Array.from({ length: lab.data.image ? 0 : Math.min(inputs, 4) }, (_, at) => {
      const [value, scale] = [x[lab.row * inputs + at]!, lab.scales[at]];
      return `${lab.data.inputs[at]} ${scale ? `${shown(unscaled(scale, value), 3)} (${shown(value, 3)} sd)` : shown(value, 3)}`;
    });
    refill(row,
      describe("p", {}, lab.data.image ? "a picture" : own.join(", "), !lab.data.image && inputs > own.length ? ", …" : "", ": ", describe("strong", {}, lab.targetOf(lab.row))),
      describe("p", { class: "row-buttons" },
        button("previous row", "◂", () => lab.hold(lab.row - 1)), describe("strong", {}, `row ${lab.row}`), button("next row", "▸", () => lab.hold(lab.row + 1)),
        lab.data.kind === "classes" ? button("other class", "other class", relabel) : null,
        describe("label", { class: "row-weight", title: "weight: how many times the row counts" }, "× ", describe("input", { type: "text", inputmode: "decimal", size: 2, "aria-label": "weight of the row", value: shown(lab.rows.weights?.[lab.row] ?? 1),
          "data-key": "row weight", change: (event: Event) => {
            const field = event.target as HTMLInputElement;
            const weight = Number(field.value.replace(",", "."));
            if (field.value.trim() && weight >= 0 && Number.isFinite(weight)) weigh(weight);
            else field.value = shown(lab.rows.weights?.[lab.row] ?? 1);
          } }))));
    refill(legend, legendOf(lab, maps));
    canvas.setAttribute("aria-label", `${lab.data.name}: ${lab.data.about} ${lab.rows.count} rows. Row ${lab.row} is held. Arrow keys go from row to row, with Shift they move it.`);
  };
  const button = (key: string, text: string, click: () => void) =>
    describe("button", { type: "button", "data-key": key, "aria-label": key, click }, text);

  new ResizeObserver(() => {
    const width = canvas.clientWidth;
    if (!width) return;
    scale = Math.min(2, devicePixelRatio || 1);
    size = width;
    canvas.width = canvas.height = Math.round(width * scale);
    draw();
  }).observe(canvas);
  lab.listen(() => {
    draw();
    if (!lab.playing) words();
  });
  words();
  return h("section", { class: "data-panel", "aria-label": "data" }, canvas, gallery(lab), row, legend);
}

const joined = (a: Float64Array, b: Float64Array) => Float64Array.from([...a, ...b]);

function classOf(lab: Lab, { outputs, t }: Rows, row: number): number {
  if (lab.data.kind !== "classes") return 0;
  if (outputs === 1) return t[row]! > 0.5 ? 1 : 0;
  const own = t.subarray(row * outputs, (row + 1) * outputs);
  return own.indexOf(Math.max(...own));
}

function boundary(image: ImageData, data: Float64Array, width: number, palette: Palette, isClass: boolean): void {
  if (width === 1) return paint(image, isClass ? data.map((p) => 2 * p - 1) : data, isClass ? 1.25 : largest(data), palette.scale);
  if (width === 2) {
    const difference = Float64Array.from({ length: data.length / 2 }, (_, at) => data[2 * at + 1]! - data[2 * at]!);
    return paint(image, difference, 1.25, palette.scale);
  }
  const paper = channels(palette.read("z"));
  const colours = CLASSES.map((name) => channels(palette.read(name)));
  for (let at = 0; at < data.length / width; at++)
    for (let channel = 0; channel < 3; channel++) {
      let value = 0;
      for (let one = 0; one < width; one++) {
        value += data[at * width + one]! * (0.45 * colours[one % colours.length]![channel]! + 0.55 * paper[channel]!);
      }
      image.data[at * 4 + channel] = value;
      image.data[at * 4 + 3] = 255;
    }
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
const channels = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function legendOf(lab: Lab, maps: Maps): string {
  const { data, held } = lab;
  const apart = held ? ` Hollow: held out.` : "";
  if (data.image) return `${data.about} Framed: the coming step. Barred: taken for another class.${held ? ` ${held.count} held out.` : ""}`;
  if (!maps.program) return `${data.about}${apart}`;
  const rest = data.inputs.length > 2 ? ` Across ${data.inputs[lab.axes[0]]}, up ${data.inputs[lab.axes[1]]}; all other inputs at their means.` : "";
  const shapes = data.kind === "classes" && data.outputs.length === 2 ? ` ${data.outputs[0]}: squares, ${data.outputs[1]}: discs.` : "";
  const about = data.noise ? "" : data.about;
  const step = lab.trainer.batch < lab.rows.count ? "Ringed: the coming step." : "Every row is in the coming step.";
  return `${about}${shapes} ${step}${apart}${rest}`.trim();
}
