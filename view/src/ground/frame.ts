// Where things of a picture stand: a map of two directions, or a curve over one.

import { extent } from "../report/ticks";

export const MARGIN = { left: 56, right: 16, top: 16, bottom: 32 };

type Range = [number, number];

export interface PlotFrame {
  width: number;
  height: number;
  x: (position: number) => number;
  y: (position: number) => number;
  /** The position below a point of the picture, within its ranges; a curve has only one coordinate. */
  position: (left: number, top: number) => number[];
}

/** A map is as high as the window leaves room for, beside the headline and the steps, but at least so high. */
const [AROUND, LOWEST] = [360, 300];

export const heightOfCurve = (width: number) => Math.round(Math.min(400, width * 0.6));
export const heightOfMap = (width: number) => Math.round(Math.min(width * 0.86, 620, Math.max(LOWEST, innerHeight - AROUND)));

export function frameOfMap([[left, right], [low, high]]: [Range, Range], width: number, height: number): PlotFrame {
  const [wide, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    width,
    height,
    x: (p) => MARGIN.left + ((p - left) / (right - left)) * wide,
    y: (p) => height - MARGIN.bottom - ((p - low) / (high - low)) * tall,
    position: (x, y) => [within(left + ((x - MARGIN.left) / wide) * (right - left), left, right),
      within(low + ((height - MARGIN.bottom - y) / tall) * (high - low), low, high)],
  };
}

export function frameOfCurve([low, high]: Range, heights: number[], width: number, height: number): PlotFrame {
  const [bottom, top] = roomy(extent(heights) ?? [0, 1]);
  const tall = height - MARGIN.top - MARGIN.bottom - 8;
  const wide = width - MARGIN.left - MARGIN.right;
  return {
    width,
    height,
    x: (p) => MARGIN.left + ((p - low) / (high - low)) * wide,
    y: (p) => MARGIN.top + (1 - (p - bottom) / (top - bottom)) * tall,
    position: (left) => [within(low + ((left - MARGIN.left) / wide) * (high - low), low, high)],
  };
}

/** Heights with some room below and above, so that a round number at the lowest point has its line. */
export const roomy = ([bottom, top]: Range): Range => [bottom - 0.04 * (top - bottom), top + 0.02 * (top - bottom)];

const within = (p: number, low: number, high: number) => Math.min(high, Math.max(low, p));

/** A picture in an element, drawn again when the element's width changes; `draw` gets the width. */
export function whenWide(box: Element, draw: (width: number) => void): void {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now > 0 && now !== width) draw((width = now));
  }).observe(box);
}
