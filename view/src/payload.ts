// The data of the page: `clearprop.step` version 1, with a summary in place of each large array.
// src/clearprop/view/payload.py writes it.

export type JsonNumbers = (number | "NaN" | "Infinity" | "-Infinity")[];

/** Numbers as a list, or as bytes: little-endian floats in base64. */
export interface PackedNumbers {
  list?: JsonNumbers;
  f8?: string;
  f4?: string;
}

/** The rows, the columns, or the block of both that the page keeps of a large matrix. */
export interface KeptLines extends PackedNumbers {
  rows?: number[];
  columns?: number[];
}

/** The summary of an array that is too large for the page. */
export interface ArraySummary {
  quantiles: JsonNumbers;
  histogram: { edges: JsonNumbers; counts: number[] };
  norm: number | string;
  nonfinite: number;
  strongest: { index: number[]; value: number | string }[];
  /** The strongest number of each tile of the matrix, in 127ths of the strongest of all. */
  tiles: { shape: [number, number]; i1: string; most: number | string };
  lines: KeptLines[];
}

export interface Quantity {
  path: string;
  node: number;
  phase: Phase;
  layer: string | null;
  symbol: { text: string; mathml: string };
  meaning: string;
  shape: number[];
  /** The precision where it is not float64. */
  dtype?: string;
  axes: string[];
  values?: PackedNumbers;
  summary?: ArraySummary;
}

export type Phase = "given" | "forward" | "loss" | "backward" | "update";

/** A primitive applied to earlier nodes of the graph, a constant, or a given array. */
export interface GraphNode {
  op: string;
  args?: number[];
  value?: number | string;
  axis?: number | null;
  keepdims?: boolean;
  /** Of an array that a slip gives: its shape, and its numbers where they are few. */
  shape?: number[];
  values?: JsonNumbers;
}

export interface BatchRow {
  label: string;
  target: string | null;
  prediction: string | null;
  loss: number | string;
  weight: number | string;
  picture?: { shape: [number, number]; values: (number | string)[] };
}

/** How a column of the table became an input or a target: (value - mean) / sd. */
export interface Standardised {
  name: string;
  mean: number;
  sd: number;
}

/** How a column of numbers became inputs, from input `first` on: a squashed number, pieces, hats, repeated values, whether it is missing. */
export interface NumberInputs {
  first: number;
  median: number;
  scale: number;
  squash: number;
  edges: number[];
  hats: number[];
  /** Each lies between two numbers. */
  repeated: [number, number][];
  missing: boolean;
  center: number[];
  factor: number[];
}

/** What stands in the table for the rows, where the inputs are codes of it. */
export interface TableCells {
  columns: string[];
  /** For each input its column. */
  of: number[];
  rows: string[][];
  codes: (NumberInputs | null)[];
}

/** A column of the picture: the inputs, or a layer with weights and the layers after it that have none. */
export interface PictureColumn {
  layers: string[];
  words: string;
  width: number;
  shown: number[];
}

/** A skip connection: from the column whose output it takes to the column where that output is added. */
export interface SkipConnection {
  path: string;
  from: number;
  to: number;
}

/** What changes in the step's graph. Nodes beyond the step's own are those of `Slips.nodes`. */
export interface SlipChange {
  /** Pairs of a node, and the node that stands in its place. */
  changed: [number, number][];
  /** The nodes of quantities that change when all is computed; nothing follows from these. */
  after?: Record<string, number>;
  /** The quantities that the step with the slip does not have. */
  missing?: string[];
}

/** A known slip. */
export interface Slip extends SlipChange {
  name: string;
  sentence: string;
}

/** A right way to compute that is not the step's, for the quantities whose last name is in `ends`. */
export interface Convention extends Slip {
  ends: string[];
  with_slips?: boolean;
}

/** What is known of wrong numbers. */
export interface Slips {
  nodes: GraphNode[];
  slips: Slip[];
  /** Two slips made together, by their places. */
  pairs: (SlipChange & { slips: [number, number] })[];
  conventions: Convention[];
  /** Whole arrays that the page has a summary of, by path; and matrix products, by node. */
  whole: Record<string, PackedNumbers>;
  products: { node: number; values: PackedNumbers }[];
  factors: { value: number; words: string }[];
}

export interface Payload {
  format: string;
  version: number;
  made_by: string;
  title: {
    model: string | null;
    network: string;
    optimizer: string | null;
    step: number | null;
    rows: number;
  };
  loss: {
    name: string;
    convention: string;
    before: number | string;
    after: number | string | null;
    change: number | string | null;
    predicted: number | string | null;
    penalty: number | string;
  };
  layers: { path: string; kind: string; inputs: number; outputs: number; parameters: string[] }[];
  nodes: GraphNode[];
  quantities: Quantity[];
  aliases: Record<string, string>;
  /** The content of each <math> element, from the equals sign on where the symbol stands before it. */
  equations: Record<string, { text: string; mathml: string }>;
  phases: { name: Phase; moments: string[] }[];
  update: { parts: { name: string; sentence: string }[] } | null;
  rows: BatchRow[];
  inputs: { names: string[] | null; image: [number, number] | null; standardised?: (Standardised | null)[]; cells?: TableCells };
  outputs: { names: string[] | null; standardised?: (Standardised | null)[] };
  columns: PictureColumn[];
  skips: SkipConnection[];
  slips?: Slips;
}

/** Return a number. JSON has only words for NaN and the infinities. */
export function number(value: number | string | null | undefined): number {
  return typeof value === "number" ? value : value == null ? NaN : Number(value);
}

/** Return packed numbers as an array. */
export function unpacked(packed: PackedNumbers): Float64Array {
  if (packed.list) return Float64Array.from(packed.list, number);
  // Typed arrays read bytes in the machine's order: little-endian on every machine with a browser.
  if (packed.f8 !== undefined) return new Float64Array(bytesOf(packed.f8).buffer);
  return Float64Array.from(new Float32Array(bytesOf(packed.f4 ?? "").buffer));
}

/** Return the bytes of a base64 text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = letters.charCodeAt(place);
  return bytes;
}
