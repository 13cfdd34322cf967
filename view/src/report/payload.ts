// The data of the report page: `clearprop.report` version 1, which src/clearprop/reporting/page.py
// makes small enough for a page.

import type { Payload as StepPayload } from "../payload";

export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface Curves {
  unit: "epoch" | "iteration";
  epochs: number;
  /** The epochs of the lists below, counted from 1. */
  at: number[];
  kept_epoch: number;
  best_epoch: number | null;
  best_by: string;
  penalty: boolean;
  loss: JsonNumber[];
  validation_loss: JsonNumber[] | null;
  metric: string;
  validation_metric: JsonNumber[] | null;
  learning_rate: JsonNumber[] | null;
  seconds: JsonNumber[] | null;
  gradient_norm: { rows: number; layers: { layer: string; values: JsonNumber[] }[] } | null;
}

export interface ConfusionCell {
  true: number;
  predicted: number;
  count: number;
  rate: number;
  /** Numbers of rows, those with the largest loss first. The list may be incomplete. */
  rows: number[];
}

export interface ClassFigures {
  class: string;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  rows: number;
}

export interface Figures {
  rows: number;
  constant_from: string;
  accuracy?: number;
  baseline_accuracy?: number;
  baseline?: string | Figures | null;
  classes?: ClassFigures[];
  r2?: number | null;
  rmse?: number;
  mae?: number;
}

export interface Residuals {
  rows: number;
  points: { rows: number[]; true: JsonNumber[]; predicted: JsonNumber[] };
  quantiles: { part: number; residual: JsonNumber }[];
}

export interface Member {
  inputs: number;
  epochs: number;
  rows_held_out: number;
  loss: JsonNumber[];
  held_out_loss: JsonNumber[];
}

export interface CalibrationBin {
  from: JsonNumber;
  to: JsonNumber;
  rows: number;
  probability: JsonNumber;
  right: JsonNumber;
}

export interface Importance {
  score: string;
  rows: number;
  repeats: number;
  columns: { column: string; drop: JsonNumber; spread: JsonNumber }[];
}

export interface ReportRow {
  /** The value of each column; a picture is base64, one byte for each pixel. */
  inputs: (JsonNumber | string | null)[] | string;
  target: string | JsonNumber;
  prediction: string | JsonNumber;
  probabilities?: JsonNumber[];
  loss: JsonNumber;
}

export interface ReportSetting {
  name: string;
  value: string | number | boolean | null;
  usual: boolean;
}

export interface Report {
  format: string;
  version: number;
  made_by: string;
  title: {
    source: string | null;
    target: string | null;
    task: "classification" | "regression";
    network: string;
    parameters: number;
    optimizer: string;
    loss: string;
  };
  measured_on: string;
  figures: Figures;
  curves: Curves;
  confusion: { names: string[]; cells: ConfusionCell[] } | null;
  residuals: Residuals | null;
  /** Of a model of several networks; null for one. */
  members: {
    temperature: JsonNumber | null;
    ended: "done" | "time" | "interrupted" | "callback";
    held_out_loss: string;
    members: Member[];
  } | null;
  calibration: CalibrationBin[] | null;
  importance: Importance | null;
  interval: { coverage: JsonNumber; plus_minus: JsonNumber; covered: JsonNumber } | null;
  mistakes: number[];
  rows: {
    columns: string[];
    image: [number, number] | null;
    by_number: Record<string, ReportRow>;
  };
  data: {
    rows: Record<string, number>;
    columns: number;
    inputs: number;
    preparation: string[];
  };
  notes: string[];
  settings: ReportSetting[];
  seed: number | null;
  seconds: number | null;
  interrupted: boolean;
  command: string | null;
  versions: Record<string, string>;
  steps: Record<string, StepPayload>;
}

/** The name of a row. */
export function rowName(number: number | string): string {
  return `row ${number}`;
}
