// A walk taken in the page, from another start or with another learning rate: the landscape's and the
// optimizer's exported programs, and the stops of clearprop/descent/stepping.py.

import { shown } from "../numbers";
import type { Descent, Minimum, StepProgram, Walk } from "./payload";
import { value } from "./payload";
import { run } from "./program";

interface Ground {
  height: number;
  slope: number[];
}

/** Height and slope at a position. */
export function groundAt(descent: Descent, position: number[]): Ground {
  const { coordinates, live } = descent;
  const found = run(live.program!, Object.fromEntries(coordinates.map((name, place) => [name, position[place]!])));
  return { height: found["height"]!, slope: coordinates.map((name) => found[`slope.${name}`]!) };
}

/** Take the steps of a walk's optimizer from another start, or with another rate. */
export function stroll(descent: Descent, walk: Walk, start: number[], rate: number): Walk {
  const { live, plan, landscape } = descent;
  const program = descent.steps[walk.step]!;
  const [level, steps] = [plan!.level, plan!.steps];
  const memories = start.map(() => ({ ...program.start }));
  let [position, ground] = [start, groundAt(descent, start)];
  const name = walk.name.replace(/η [^,]*/, `η ${shown(rate)}`);
  const taken: Walk = { ...walk, name, rate, positions: [position], heights: [ground.height], slopes: [ground.slope], felt: [], rates: [],
    kind: "steps", ending: "" };
  const isFinite = (one: Ground) => [one.height, ...one.slope].every(Number.isFinite);
  if (!isFinite(ground)) return ended(descent, taken, "not finite");
  if (Math.hypot(...ground.slope) === 0) return ended(descent, taken, "level");
  for (let step = 0; step < steps; step++) {
    const eta = rate * (plan!.factors?.[step] ?? 1);
    const next = position.map((x, place) => advance(program, memories[place]!, x, ground.slope[place]!, eta));
    const there = groundAt(descent, next);
    taken.felt.push(ground.slope);
    taken.rates.push(eta);
    if (!next.every(Number.isFinite) || !isFinite(there)) return ended(descent, taken, "not finite");
    const isAway = next.some((x, place) => {
      const [low, high] = landscape.box[place]!;
      return Math.abs(x - 0.5 * (low + high)) > live.far * (high - low);
    });
    const moved = Math.hypot(...next.map((x, place) => x - position[place]!));
    [position, ground] = [next, there];
    taken.positions.push(position);
    taken.heights.push(ground.height);
    taken.slopes.push(ground.slope);
    if (isAway) return ended(descent, taken, "diverged");
    if (moved <= level * live.size && Math.hypot(...ground.slope) <= level) return ended(descent, taken, "level");
  }
  return ended(descent, taken, "steps");
}

/** One step of one coordinate; its memories change. */
function advance(program: StepProgram, memory: Record<string, number>, x: number, g: number, rate: number): number {
  const { new: next, ...after } = run(program, givenOf(memory, x, g, rate));
  Object.assign(memory, after);
  return next!;
}

const givenOf = (memory: Record<string, number>, x: number, g: number, rate: number) =>
  ({ x, g, rate, ...Object.fromEntries(Object.entries(memory).map(([name, one]) => [`${name}.before`, one])) });

/** For each step of a walk and each coordinate, all numbers of the step's equations by name. */
export function numbersOf(descent: Descent, walk: Walk): Record<string, number>[][] {
  let found = known.get(walk);
  if (!found) {
    const program = descent.steps[walk.step]!;
    const memories = walk.positions[0]!.map(() => ({ ...program.start }) as Record<string, number>);
    found = walk.felt.map((felt, step) => felt.map((slope, place) => {
      const given = givenOf(memories[place]!, value(walk.positions[step]![place]!), value(slope), walk.rates[step]!);
      const after = run(program, given);
      const { new: _, ...memory } = after;
      Object.assign(memories[place]!, memory);
      return { ...given, ...after };
    }));
    known.set(walk, found);
  }
  return found;
}
const known = new WeakMap<Walk, Record<string, number>[][]>();

function ended(descent: Descent, walk: Walk, why: "not finite" | "level" | "diverged" | "steps"): Walk {
  const last = walk.positions.length - 1;
  const at = walk.positions[last]!.map(value);
  const near = nearest(descent, at);
  const place = at.map((one) => shown(Math.round(one * 1e5) / 1e5)).join(", ");
  const where = at.length > 1 ? `(${place})` : place;
  const after = `after ${last} step${last === 1 ? "" : "s"}`;
  const which = near ? `${near.lowest ? "a lowest" : "a local"} minimum` : "level ground that is no known minimum";
  const ending = {
    level: `at rest in ${which} at ${where} ${after}`,
    steps: `not settled ${after}; at ${where}${near ? `, near ${which}` : ""}`,
    diverged: `diverged at step ${last}, at ${where}; a smaller learning rate may cure that`,
    "not finite": `not finite ${after}, from ${where}; a smaller learning rate may cure that`,
  }[why];
  return { ...walk, kind: why, lowest: near?.lowest ?? false, ending };
}

/** The known minimum that a walk has reached. */
function nearest(descent: Descent, at: number[]): Minimum | undefined {
  const away = (one: Minimum) => Math.hypot(...one.point.map((p, place) => p - at[place]!));
  return descent.landscape.minima.filter((one) => away(one) <= descent.live.near * descent.live.size)
    .sort((a, b) => away(a) - away(b))[0];
}
