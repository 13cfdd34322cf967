// The data of the page of a descent, made by clearprop/descent/page.py.

type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

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
  ground: { axes: number[][]; heights: JsonNumber[] | JsonNumber[][] };
}

export interface Walk {
  name: string;
  positions: JsonNumber[][];
  heights: JsonNumber[];
  slopes: JsonNumber[][];
  felt: JsonNumber[][];
  rates: number[];
  ending: string;
  kind: string;
  lowest: boolean;
  symbols: string[];
  numbers: string[][][];
}

export interface Descent {
  landscape: Landscape;
  coordinates: string[];
  headline: string;
  how: string;
  made_by: string;
  walks: Walk[];
  dropped: { starts: JsonNumber[][]; ends: JsonNumber[][]; basins: number[]; counts: Record<string, number> } | null;
  basins: { axes: number[][]; basins: number[] | number[][]; names: string[]; shares: number[] } | null;
}

const WORDS: Record<string, number> = { NaN, Infinity, "-Infinity": -Infinity };

/** Return a number. JSON has only words for NaN and the infinities. */
export const value = (one: JsonNumber): number => (typeof one === "number" ? one : WORDS[one]!);
