// The network in one picture, both passes over the same lines: forward the weights, backward their gradients.
// Each unit shows what it answers everywhere in the picture of the data.

import { h, s } from "../dom";
import { shown } from "../numbers";
import { paint, paletteOf } from "./colours";
import type { Lab } from "./lab";
import { GRID } from "./maps";
import type { Maps } from "./maps";
import { Names } from "./names";
import { Roving } from "./roving";

/** The most units of a column that are drawn. */
const SHOWN = 10;
const [TOP, BOTTOM] = [24, 16];
/** With more units than this in a column, numbers stand beside them, and have so much room at the right. */
const [MANY, BESIDE] = [6, 120];

interface Column {
  /** The dense layer; "" for the inputs. */
  dense: string;
  output: string;
  head: string;
  width: number;
  /** Whether the column is one picture. */
  image: boolean;
}

/** Columns nearer than this have room for one number under a unit: that of the pass that is shown. */
const TIGHT = 112;

/** How many units of a column are drawn. */
const drawnOf = ({ width, image }: Column) => (image ? 1 : Math.min(width, SHOWN));

interface Unit {
  canvas: HTMLCanvasElement;
  button: HTMLElement;
  /** What follows the strongest weight of the unit. */
  follow: HTMLElement;
  value: HTMLElement;
  error: HTMLElement;
  image: ImageData;
}

export interface Wire {
  line: SVGPathElement;
  /** How the line is drawn now. */
  look: string;
  hit: SVGPathElement;
  column: number;
  from: number;
  to: number;
}

export function networkPanel(lab: Lab, maps: Maps): HTMLElement {
  const frame = h("div", { class: "net" });
  const lens = h("div", { class: "lenses", role: "group", "aria-label": "what the lines show" });
  const note = h("p", { class: "legend" });
  let columns: Column[] = [];
  let units: Unit[][] = [];
  let wires: Wire[] = [];
  const roving = new Roving(frame);

  const build = () => {
    columns = columnsOf(lab);
    const width = frame.clientWidth;
    if (!width) return;
    const most = Math.max(...columns.map(drawnOf));
    const room = innerHeight >= 860 ? 352 : 248;
    // Many units stand close, with their numbers beside them.
    const isClose = most > MANY;
    const size = Math.max(isClose ? 20 : 22, Math.min(44, Math.floor(room / most) - (isClose ? 4 : 24), Math.floor(width / columns.length / 1.7)));
    const gap = size + (isClose ? 4 : 22);
    const beside = isClose ? BESIDE : 0;
    const tall = TOP + most * gap + BOTTOM;
    const x = (column: number) => (columns.length === 1 ? width / 2 : size / 2 + 18 + (column * (width - size - 36 - beside)) / (columns.length - 1));
    const y = (column: number, unit: number) => {
      const count = drawnOf(columns[column]!);
      return TOP + (most * gap) / 2 + (unit - (count - 1) / 2) * gap;
    };
    frame.style.height = `${tall}px`;
    frame.classList.toggle("tight", !isClose && x(1) - x(0) < TIGHT);
    wires = [];
    const lines = s("g", { "aria-hidden": "true" });
    const hits = s("g", {});
    for (let column = 1; column < columns.length; column++) {
      const [before, here] = [columns[column - 1]!, columns[column]!];
      const shape = lab.trainer.parameters.find((one) => one.path === `${here.dense}.W`)!.shape;
      if (shape[0] !== before.width || before.image) continue;
      for (let from = 0; from < drawnOf(before); from++)
        for (let to = 0; to < drawnOf(here); to++) {
          const [x1, y1, x2, y2] = [x(column - 1) + size / 2, y(column - 1, from), x(column) - size / 2, y(column, to)];
          const middle = (x1 + x2) / 2;
          const d = `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
          const path = `${here.dense}.W`;
          const line = s("path", { d, class: "wire" });
          const follow = () => lab.follow({ path, index: [from, to] });
          const hit = s("path", { d, class: "hit", role: "button", tabindex: -1, "aria-label": `${path}[${from},${to}]`, click: follow }) as SVGPathElement;
          hit.append(s("title", {}, `${path}[${from},${to}]`));
          lines.append(line);
          hits.append(hit);
          wires.push({ line, look: "", hit, column, from, to });
        }
    }
    units = columns.map((column, at) => Array.from({ length: drawnOf(column) }, (_, unit) => {
      // With pictures as rows, the first layer's units show their weights as pictures.
      const shape = lab.data.image && at < 2 ? lab.data.image : [GRID, GRID];
      const canvas = h("canvas", { width: shape[1]!, height: shape[0]!, class: shape === lab.data.image ? "pixels" : null });
      const isNamed = at === columns.length - 1 && lab.data.outputs.length === column.width;
      const [word, value, error] = [h("span", {}, isNamed ? lab.data.outputs[unit]! : ""), h("span", { class: "mono" }), h("span", { class: "mono error" })];
      const name = at ? `${isNamed ? lab.data.outputs[unit]! : `unit ${unit}`} of ${column.dense}` : lab.data.inputs[unit]!;
      const follow = h("button", { type: "button", class: "unit-map", "aria-label": `follow the strongest weight of ${name}`, title: name,
        click: () => followUnit(lab, columns, at, unit) }, canvas);
      const button = h("div", { class: `unit-button${isClose && !column.image ? " close" : ""}${at < columns.length - 1 ? " within" : isNamed ? " named" : ""}` }, follow, h("p", { class: "unit-words" }, word, value, error));
      button.style.left = `${x(at)}px`;
      button.style.top = `${y(at, unit)}px`;
      button.style.setProperty("--size", `${column.image ? Math.min(3 * size, 120) : size}px`);
      return { canvas, button, follow, value, error, image: new ImageData(shape[1]!, shape[0]!) };
    }));
    const heads = columns.map((column, at) => {
      const head = h("span", { class: "head" }, column.head);
      head.style.left = `${x(at)}px`;
      return head;
    });
    const more = columns.flatMap((column, at) => {
      if (column.image || column.width <= SHOWN) return [];
      const word = h("span", { class: "more quiet" }, `+ ${column.width - SHOWN} more`);
      word.style.left = `${x(at)}px`;
      word.style.top = `${tall}px`;
      return [word];
    });
    const picture = s("svg", { class: "wires", width, height: tall, role: "group", "aria-label": "weights as lines" }, lines, hits);
    frame.replaceChildren(picture, ...heads, ...units.flat().map((one) => one.button), ...more);
    roving.set(units.map((column) => column.map((one) => one.follow)), wires, (wire) => {
      const path = `${columns[wire.column]!.dense}.W`;
      return `${path}[${wire.from},${wire.to}] = ${shown(lab.trainer.numbers.get(path)![wire.from * columns[wire.column]!.width + wire.to]!)}`;
    });
    draw();
  };

  const draw = () => {
    if (!units.length) return;
    const program = lab.look();
    const scale = paletteOf(frame).scale;
    for (const [at, column] of columns.entries()) {
      if (lab.data.image && at < 2) {
        units[at]!.forEach((unit, place) => pixels(lab, unit, column, place, scale));
        continue;
      }
      const own = maps.values(at ? column.output : "x");
      units[at]!.forEach((unit, place) => picture(unit, own, place, scale, maps));
    }
    const sizes = columns.map((column) => {
      const parameter = program.parameters.find((one) => one.path === `${column.dense}.W`);
      if (!parameter) return null;
      const numbers = lab.backward ? program.compiled.at(parameter.gradient) : lab.trainer.numbers.get(parameter.path)!;
      return { numbers, columns: parameter.shape[1]!, most: numbers.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-12) };
    });
    const { path, index } = lab.followed;
    for (const wire of wires) {
      const { line, hit, column, from, to } = wire;
      const { numbers, columns: width, most } = sizes[column]!;
      const value = numbers[from * width + to]!;
      const isFollowed = path === `${columns[column]!.dense}.W` && index[0] === from && index[1] === to;
      const thick = (0.6 + (5.4 * Math.abs(value)) / most).toFixed(2);
      const look = `wire ${value < 0 ? "negative" : "positive"}${isFollowed ? " followed" : ""}`;
      if (wire.look === `${look} ${thick}`) continue;
      wire.look = `${look} ${thick}`;
      line.style.strokeWidth = `${thick}px`;
      line.setAttribute("class", look);
      if (isFollowed && !hit.matches(":focus")) hit.parentNode!.append(hit); // moved, it would lose the focus
    }
    words();
  };

  /** The numbers of the row held: outputs, and the error signal if this row were a batch of its own. */
  const words = () => {
    const program = lab.trainer.look(true, Int32Array.of(lab.row));
    const at = (name: string) => {
      const found = program.arrays.find((one) => one.path === name);
      return found ? program.compiled.at(found.node) : null;
    };
    columns.forEach((column, place) => {
      const values = place ? at(column.output) ?? at(`${column.dense}.y`) : at("x");
      const errors = place ? at(`${column.dense}.dy`) : null;
      const isBlank = maps.program === null && !(lab.data.image && place < 2);
      const most = values ? values.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-9) : 1;
      units[place]!.forEach(({ value, error, canvas, image }, unit) => {
        if (isBlank && values) {
          paint(image, values, most, paletteOf(frame).scale, unit, 0);
          canvas.getContext("2d")?.putImageData(image, 0, 0);
        }
        set(value, values && !column.image ? short(values[unit]!) : "");
        set(error, errors ? `δ ${short(errors[unit]!)}` : "");
      });
    });
  };

  const lenses = () => {
    const one = (backward: boolean, text: string) => h("button", { type: "button", class: lab.backward === backward ? "on" : null,
      "aria-pressed": String(lab.backward === backward), click: () => {
        lab.backward = backward;
        lab.changed();
        lenses();
      } }, text);
    for (const name of ["forward", "backward"]) frame.classList.toggle(name, lab.backward === (name === "backward"));
    lens.replaceChildren(one(false, "forward: weights"), one(true, "backward: gradients"));
    note.textContent = lab.backward
      ? "Lines: each weight's gradient for the coming step's rows; dashed: negative. Beside a unit: its output for the row held, and δ, that row's error."
      : "Lines: weights; dashed: negative. A unit shows what it answers over the data. Its numbers: the output for the row held, and δ, its error.";
  };

  lenses();
  lab.listen(build, true);
  lab.listen(draw);
  let seen = 0;
  new ResizeObserver(() => {
    if (frame.clientWidth === seen) return;
    seen = frame.clientWidth;
    build();
  }).observe(frame);
  return h("section", { class: "network-panel", "aria-label": "network" }, lens, frame, note);
}

const set = (element: HTMLElement, text: string) => {
  if (element.textContent !== text) element.textContent = text;
};
const short = (value: number) => shown(value, Math.abs(value) >= 0.01 || value === 0 ? 2 : 1);

/** The inputs, and every dense layer with the layers after it that have no weights. */
export function columnsOf(lab: Lab): Column[] {
  const program = lab.trainer.predict(lab.rows.x);
  const dense = lab.trainer.parameters.filter((one) => one.shape.length === 2).map((one) => one.path.replace(/\.W$/, ""));
  const outputs = program.arrays.filter((one) => one.path.endsWith(".y")).map((one) => one.path);
  const names = new Names(lab.trainer.training.task.network, new Set(lab.trainer.parameters.map((one) => one.path)));
  const columns: Column[] = [{ dense: "", output: "x", head: "x", width: lab.rows.inputs, image: lab.data.image !== null }];
  dense.forEach((path, place) => {
    const from = outputs.indexOf(`${path}.y`);
    const next = place + 1 < dense.length ? outputs.indexOf(`${dense[place + 1]}.y`) : outputs.length;
    const isLast = place === dense.length - 1;
    const output = isLast ? "p" : outputs[Math.max(from, next - 1)] ?? `${path}.y`;
    columns.push({ dense: path, output, head: isLast ? "p" : names.of(output).text, width: lab.trainer.parameters.find((one) => one.path === `${path}.W`)!.shape[1]!, image: false });
  });
  return columns;
}

function picture(unit: Unit, own: { data: Float64Array; width: number } | null, place: number, scale: Uint32Array, maps: Maps): void {
  const pen = unit.canvas.getContext("2d");
  if (!pen || !own) return void unit.canvas.classList.add("blank");
  unit.canvas.classList.remove("blank");
  let most = 1e-9;
  for (let at = place; at < own.data.length; at += own.width) most = Math.max(most, Math.abs(own.data[at]!));
  if (!maps.isCurve) {
    paint(unit.image, own.data, most, scale, place, own.width);
    pen.putImageData(unit.image, 0, 0);
    return;
  }
  const palette = paletteOf(unit.canvas);
  pen.fillStyle = palette.read("z");
  pen.fillRect(0, 0, GRID, GRID);
  pen.strokeStyle = palette.read("plus");
  pen.lineWidth = 2;
  pen.beginPath();
  for (let at = 0; at < maps.width; at++) pen.lineTo((at / maps.width) * GRID, GRID / 2 - (own.data[at * own.width + place]! / most) * (GRID / 2 - 3));
  pen.stroke();
}

/** The row held as a picture, or the weights that enter a unit of the first layer. */
function pixels(lab: Lab, unit: Unit, column: Column, place: number, scale: Uint32Array): void {
  const { inputs, x } = lab.rows;
  const units = column.width;
  const values = column.image ? x.subarray(lab.row * inputs, (lab.row + 1) * inputs) : lab.trainer.numbers.get(`${column.dense}.W`)!;
  const [from, stride] = column.image ? [0, 1] : [place, units];
  let most = 1e-9;
  for (let at = from; at < values.length; at += stride) most = Math.max(most, Math.abs(values[at]!));
  paint(unit.image, values, most, scale, from, stride);
  unit.canvas.getContext("2d")?.putImageData(unit.image, 0, 0);
}

/** Follow the weight with the strongest gradient into a unit; of an input, out of it. */
function followUnit(lab: Lab, columns: Column[], column: number, unit: number): void {
  const dense = columns[Math.max(column, 1)]!.dense;
  const program = lab.look();
  const parameter = program.parameters.find((one) => one.path === `${dense}.W`)!;
  const numbers = program.compiled.at(parameter.gradient);
  const [rows, width] = parameter.shape as [number, number];
  const places = columns[column]!.image ? Array.from({ length: rows * width }, (_, at) => [Math.floor(at / width), at % width])
    : column ? Array.from({ length: rows }, (_, row) => [row, unit]) : Array.from({ length: width }, (_, to) => [unit, to]);
  const size = ([row, to]: number[]) => Math.abs(numbers[row! * width + to!]!);
  lab.follow({ path: parameter.path, index: places.reduce((best, one) => (size(one) > size(best) ? one : best)) });
}
