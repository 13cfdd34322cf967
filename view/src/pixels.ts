// A matrix as an image. Each step of the colour scale is one path, so that the page has few elements.

import { level } from "./scale";
import type { Tree } from "./tree";
import { s } from "./tree";

/** One rectangle for each number, coloured by its value on the scale from −`end` to `end`. */
export function pixels(
  shape: [number, number],
  at: (row: number, column: number) => number | undefined,
  end: number,
  size: number,
  height = size,
): Tree {
  const paths = new Map<string, string[]>();
  for (let row = 0; row < shape[0]; row++)
    for (let column = 0; column < shape[1]; column++) {
      const step = level(at(row, column), end);
      let parts = paths.get(step);
      if (!parts) paths.set(step, (parts = []));
      parts.push(`M${column * size} ${row * height}h${size}v${height}h${-size}z`);
    }
  return s(
    "g",
    { class: "pixels" },
    [...paths].map(([step, parts]) => s("path", { class: `fill ${step}`, d: parts.join("") })),
  );
}
