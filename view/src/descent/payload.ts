// The data of the page of a descent, made by clearprop/descent/viewed.py.

import type { ScalarProgram } from "./program";

export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface Minimum {
  point: number[];
  height: number;
  lowest: boolean;
}

export interface Landscape {
  name: string;
  dimensions: 1 | 2;
  box: [number, number][];
  formula: string;
  gradient: string;
  about: string;
  source: string;
  note: string;
  minima: Minimum[];
  ground: { axes: number[][]; heights: JsonNumber[] | JsonNumber[][]; levels?: number[] };
}

/** One coordinate's step of an optimizer: its program, what its memories start with, its equations. */
export interface StepProgram extends ScalarProgram {
  start: Record<string, number>;
  /** In MathML: a quantity's name, and what computes it, in letters and with slots for numbers. */
  lines: { path: string; name: string; symbols: string; numbers: string }[];
}

export interface Walk {
  name: string;
  /** Which of the step programs is its optimizer's. */
  step: number;
  rate: number;
  positions: JsonNumber[][];
  heights: JsonNumber[];
  slopes: JsonNumber[][];
  felt: JsonNumber[][];
  rates: number[];
  ending: string;
  kind: string;
  lowest: boolean;
}

export interface Descent {
  landscape: Landscape;
  coordinates: string[];
  headline: string;
  how: string;
  made_by: string;
  /** The landscape as a program; null, and why, where the page cannot walk on it. */
  live: { size: number; far: number; near: number; program: ScalarProgram | null; why: string };
  plan?: { steps: number; level: number; noise: number; factors: number[] | null };
  steps: StepProgram[];
  walks: Walk[];
  /** Of many walkers: starts and ends of those that are drawn, and how many of all ended where. */
  dropped: { all: number; starts: JsonNumber[][]; ends: JsonNumber[][]; basins: number[]; counts: Record<string, number> } | null;
  basins: { axes: number[][]; basins: number[] | number[][]; names: string[]; shares: number[] } | null;
}

const WORDS: Record<string, number> = { NaN, Infinity, "-Infinity": -Infinity };

/** Return a number. JSON has only words for NaN and the infinities. */
export const value = (one: JsonNumber): number => (typeof one === "number" ? one : WORDS[one]!);
