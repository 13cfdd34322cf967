// The data of the page, made by clearprop/learning/lesson.py.

import type { PackedNumbers } from "../payload";
import { unpacked } from "../payload";
import type { Definitions, TaskSpec } from "./engine/definitions";

export interface DataSet {
  name: string;
  about: string;
  kind: "classes" | "numbers";
  inputs: string[];
  outputs: string[];
  /** The last so many rows are held out of training. */
  held: number;
  x: number[][] | PackedNumbers | Letters;
  t: number[][] | PackedNumbers;
  /** How much each row counts. */
  weights?: number[] | null;
  /** How the inputs and targets of a table were standardised; null for those that were not. */
  scaled?: { inputs: (MeanAndSd | null)[]; outputs?: (MeanAndSd | null)[] };
  /** Height and width, where a row is a picture. */
  image: [number, number] | null;
  /** What `level` times is added to the inputs of classes, or to targets that are numbers. */
  noise: number[][] | null;
  level: number;
  /** What suits the data; null for data that came with its network. */
  task?: { hidden: number[]; activation: string; loss: string; optimizer: string; rate: number; scaling?: boolean };
}

/** What was taken away, and what then divided by: number = (value − mean) / sd. */
export interface MeanAndSd {
  mean: number;
  sd: number;
}

/** Shades: A for 0, B for one step, and so on. */
export interface Letters {
  letters: string;
  step: number;
}

export interface LearnPayload {
  made_by: string;
  title: string;
  definitions: Definitions;
  /** The known slips of all definitions, compressed. */
  slips: string;
  task: TaskSpec;
  training: { batch: number; rate: number; seed: number };
  /** The first parameters of the task's network. */
  start: Record<string, number[]>;
  datasets: DataSet[];
  /** The losses of the first steps by the NumPy engine. */
  agreement: { steps: number; losses: number[] };
}

/** The rows of an array. */
export function rowsIn(array: number[][] | PackedNumbers | Letters, width: number): number[][] {
  if (Array.isArray(array)) return array;
  const numbers = "letters" in array ? Float64Array.from(array.letters, (letter) => (letter.charCodeAt(0) - 65) * array.step) : unpacked(array);
  return Array.from({ length: numbers.length / width }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)]);
}
