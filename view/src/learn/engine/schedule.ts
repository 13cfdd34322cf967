// The factor of the learning rate at a step: a schedule's program over single numbers.

import { number } from "../../payload";
import type { Definitions, Program, ScheduleSpec, Settings } from "./definitions";
import { computedOf } from "./graph";

/** Where a training stands. */
export interface Progress {
  step: number;
  steps: number;
  epoch: number;
  rows_seen: number;
  plateaus: number;
}

/** What a schedule may use beside the primitives of arrays. */
const SCALARS: Record<string, (...values: number[]) => number> = {
  cos: Math.cos,
  floor_divide: (a, b) => Math.floor(a! / b!),
};

export function factorAt(definitions: Definitions, { kind, settings = {}, warmUp }: ScheduleSpec, progress: Progress): number {
  const given: Settings = Object.fromEntries(Object.entries(progress).map(([name, value]) => [`progress.${name}`, value]));
  const definition = definitions.schedules[kind];
  const factor = definition ? valueOf(definition.programs, { ...definition.settings, ...settings, ...given }) : 1;
  return warmUp ? valueOf(definitions.warm_up.programs, { steps: warmUp, "then.factor": factor, ...given }) : factor;
}

function valueOf(programs: Program[], settings: Settings): number {
  for (const program of programs) {
    const known = new Map<number, number>();
    const value = (place: number): number => {
      let found = known.get(place);
      if (found === undefined) known.set(place, (found = computedAt(program, place, settings, value)));
      return found;
    };
    if (program.when.every(([place, truth]) => Boolean(value(place)) === truth)) return value(program.results["factor"]!);
  }
  throw new Error("the schedule has no branch for this moment");
}

function computedAt(program: Program, place: number, settings: Settings, value: (place: number) => number): number {
  const { op, args, value: constant, setting } = program.nodes[place]!;
  if (op === "constant") return number(constant);
  if (setting !== undefined) return Number(settings[setting]);
  const values = args!.map(value);
  return SCALARS[op]?.(...values) ?? computedOf(op, values);
}
