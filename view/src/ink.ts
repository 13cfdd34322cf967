// Rows that are pictures: a square of grey for each value, on a canvas.

import { h } from "./dom";

/** Draw a picture of values from 0 to 255, `side` CSS pixels at its longer side; dark is strong, as ink is. */
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
