// Runs a program of single numbers: a landscape, or one coordinate's step of an optimizer. Both are traced
// in Python (clearprop/descent/traced.py, equations.py); no formula of them stands in the page.

import type { GraphNode } from "../payload";
import { number } from "../payload";
import { computed } from "../primitives/compute";

export interface ScalarProgram {
  nodes: GraphNode[];
  /** The node of each given number and of each result. */
  given: Record<string, number>;
  results: Record<string, number>;
}

/** What landscapes compute beside the primitives of primitives/compute.ts. */
const FUNCTIONS: Record<string, (z: number) => number> = {
  sin: Math.sin, cos: Math.cos, tan: Math.tan, arctan: Math.atan, sinh: Math.sinh, cosh: Math.cosh,
};

/** The results of a program for given numbers. */
export function run(program: ScalarProgram, given: Record<string, number>): Record<string, number> {
  const values: number[] = [];
  for (const [name, place] of Object.entries(program.given)) values[place] = given[name]!;
  program.nodes.forEach((node, place) => {
    if (node.op === "given") return;
    if (node.op === "constant") return void (values[place] = number(node.value));
    const args = (node.args ?? []).map((arg) => values[arg]!);
    const own = Object.hasOwn(FUNCTIONS, node.op) ? FUNCTIONS[node.op] : undefined;
    values[place] = own ? own(args[0]!) : computed(node.op, args, 0);
  });
  return Object.fromEntries(Object.entries(program.results).map(([name, place]) => [name, values[place]!]));
}
