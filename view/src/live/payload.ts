// What the page gets: the lines of each run's record, all of them or those that are new.

export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface LayerVitals {
  path: string;
  kind: string;
  units: number;
  mean?: JsonNumber;
  sd?: JsonNumber;
  gradient?: JsonNumber;
  ratio?: JsonNumber;
  dead?: JsonNumber;
  dormant?: JsonNumber;
  saturated?: JsonNumber;
}

export interface Head {
  kind: "head";
  name: string;
  model: string;
  network: string;
  loss: string;
  optimizer: string;
  parameters: number;
  rows: number;
  batch_size: number;
  epochs: number;
  steps: boolean;
  /** Whether early stopping may end the training, and by what it judges. */
  stops: boolean;
  best_by: string | null;
  restores: boolean;
  /** What is called good: the size of update / weights, and the part of a layer's units above which they are told. */
  norms?: { ratio: number; units: number };
  time: number;
}

export interface Epoch {
  kind: "epoch";
  epoch: number;
  loss: JsonNumber;
  metrics: Record<string, JsonNumber>;
  rate: JsonNumber;
  seconds: JsonNumber;
  time?: number;
  best?: number;
  vitals?: { rows: number; layers: LayerVitals[] };
}

export interface Command {
  kind: "command";
  time: number;
  after: number;
  do: string;
  rate?: number;
  factor?: number;
  step?: number;
  key?: string;
  refused?: string;
}

export interface Resume {
  kind: "resume";
  time: number;
  epochs: number;
  lost: number[];
}

export interface Finding {
  check: string;
  where: string;
  what: string;
  norm: string;
  source: string;
  advice: string;
}

export interface End {
  kind: "end";
  time: number;
  reason: string;
  epochs: number;
  best: number;
  /** What looks wrong; absent where nobody looked. */
  findings?: Finding[];
}

/** What looks wrong after an epoch, where that has changed. */
export interface Health {
  kind: "health";
  after: number;
  findings: Finding[];
}

export type Line = Head | Epoch | Command | Resume | Health | End;

export interface Part {
  file: string;
  /** Whether these are all lines, in place of those before. */
  anew: boolean;
  known: number;
  lines: Line[];
}

export interface Payload {
  version: 1;
  time: number;
  served: boolean;
  /** The script with the newest data, beside a page that was opened from disk. */
  script?: string;
  runs: Part[];
}
