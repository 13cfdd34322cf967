// Rows that are pictures: a sheet of them, each with what it is. A bar under a picture says that the network
// takes it for something else.

import { h } from "../dom";
import type { Palette } from "./colours";
import { paint, paletteOf } from "./colours";
import type { Lab } from "./lab";

const ACROSS = 8;
const [GAP, BAR] = [3, 3];

export function gallery(lab: Lab): HTMLCanvasElement {
  const canvas = h("canvas", { class: "field gallery", tabindex: 0, role: "img" });
  const small = document.createElement("canvas");
  /** The pictures alone, drawn once for the same rows. */
  const sheet = document.createElement("canvas");
  let sheetOf: unknown[] = [];
  let [size, scale] = [0, 1];
  const first = () => Math.floor(lab.row / ACROSS ** 2) * ACROSS ** 2;

  const draw = () => {
    const { image } = lab.data;
    canvas.hidden = !image;
    const pen = canvas.getContext("2d");
    if (!pen || !size || !image) return;
    const palette = paletteOf(canvas);
    const { rows } = lab;
    const program = lab.trainer.predict(rows.x);
    const p = program.compiled.at(program.prediction);
    const batch = new Set(lab.trainer.batchRows());
    const side = size / ACROSS;
    drawSheet(palette, image, side);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(sheet, 0, 0);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    for (let place = 0; place < ACROSS ** 2 && first() + place < rows.count; place++) {
      const row = first() + place;
      const [x, y] = [(place % ACROSS) * side, Math.floor(place / ACROSS) * side];
      if (lab.data.kind === "classes" && largest(p, row, rows.outputs) !== largest(rows.t, row, rows.outputs)) {
        pen.fillStyle = palette.read("minus");
        pen.fillRect(x + GAP, y + side - GAP - BAR + 1, side - 2 * GAP, BAR - 1);
      }
      if (row !== lab.row && !batch.has(row)) continue;
      pen.strokeStyle = palette.read(row === lab.row ? "accent" : "ink");
      pen.lineWidth = row === lab.row ? 3 : 1.25;
      pen.strokeRect(x + 1.5, y + 1.5, side - 3, side - 3);
    }
    canvas.setAttribute("aria-label", `${lab.data.name}: ${lab.data.about} Row ${lab.row} is held: ${lab.targetOf(lab.row)}. Arrow keys go from row to row.`);
  };

  const drawSheet = (palette: Palette, [tall, wide]: [number, number], side: number) => {
    const now = [lab.rowsVersion, palette, canvas.width, first()];
    if (now.every((one, at) => one === sheetOf[at])) return;
    sheetOf = now;
    sheet.width = sheet.height = canvas.width;
    [small.width, small.height] = [wide, tall];
    const { rows } = lab;
    const pen = sheet.getContext("2d")!;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = palette.read("paper");
    pen.fillRect(0, 0, size, size);
    pen.imageSmoothingEnabled = false;
    const pixels = new ImageData(wide, tall);
    const most = rows.x.reduce((largest, one) => Math.max(largest, Math.abs(one)), 1e-9);
    for (let place = 0; place < ACROSS ** 2 && first() + place < rows.count; place++) {
      const [x, y] = [(place % ACROSS) * side, Math.floor(place / ACROSS) * side];
      paint(pixels, rows.x, most, palette.scale, (first() + place) * rows.inputs, 1);
      small.getContext("2d")!.putImageData(pixels, 0, 0);
      pen.drawImage(small, x + GAP, y + GAP, side - 2 * GAP, side - 2 * GAP - BAR);
    }
  };

  canvas.addEventListener("pointerdown", (event) => {
    const box = canvas.getBoundingClientRect();
    const [column, line] = [event.clientX - box.left, event.clientY - box.top].map((at) => Math.floor((at / size) * ACROSS)) as [number, number];
    const row = first() + line * ACROSS + column;
    if (row < lab.rows.count) lab.hold(row);
  });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    lab.hold(lab.row + by);
  });
  new ResizeObserver(() => {
    const width = canvas.clientWidth;
    if (!width) return;
    scale = Math.min(2, devicePixelRatio || 1);
    size = width;
    canvas.width = canvas.height = Math.round(width * scale);
    draw();
  }).observe(canvas);
  lab.listen(draw);
  draw();
  return canvas;
}

/** The place of the largest number of a row. */
function largest(values: Float64Array, row: number, width: number): number {
  if (width === 1) return Number(values[row]! > 0.5);
  const own = values.subarray(row * width, (row + 1) * width);
  return own.indexOf(Math.max(...own));
}
