// A row that is a picture, on a canvas: a grey square for each value.

import { h } from "./dom";

/** Draw values from 0 (white) to 255 (black); the longer side has `side` CSS pixels. */
export function ink(
  values: ArrayLike<number>, [rows, columns]: [number, number], side: number, text: string,
): HTMLElement {
  const scale = Math.max(1, Math.round((side * 2) / Math.max(rows, columns)));
  const canvas = h("canvas", {
    class: "ink",
    role: "img",
    "aria-label": text,
    width: columns * scale,
    height: rows * scale,
  });
  canvas.style.width = `${(columns / Math.max(rows, columns)) * side}px`;
  canvas.style.height = `${(rows / Math.max(rows, columns)) * side}px`;
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const grey = 255 - (values[row * columns + column] ?? 0);
      pen.fillStyle = `rgb(${grey},${grey},${grey})`;
      pen.fillRect(column * scale, row * scale, scale, scale);
    }
  return canvas;
}
