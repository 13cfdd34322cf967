// A definition put to use: the program of its branch, built into a graph node by node, when a result of
// it is asked for.

import { number } from "../../payload";
import type { Program, Settings, SlipDefinition } from "./definitions";
import { computedOf } from "./graph";
import type { Graph } from "./graph";

/** What a program is built with: its settings, sizes of given arrays, and given nodes by name. */
export interface Surroundings {
  settings: Settings;
  size(name: string, axis: number): number;
  node(name: string): number;
}

export class Instance<P extends Program = Program> {
  private readonly built = new Map<number, number>();

  constructor(
    private readonly graph: Graph,
    readonly program: P,
    private readonly around: Surroundings,
  ) {}

  has(name: string): boolean {
    return Object.hasOwn(this.program.results, name);
  }
  /** The node of a result. */
  result(name: string): number {
    const place = this.program.results[name];
    if (place === undefined) throw new Error(`the definition has no result ${name}`);
    return this.build(place);
  }

  /** The names of results that begin with a prefix, without it. */
  named(prefix: string): string[] {
    return Object.keys(this.program.results).filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  private build(place: number): number {
    let node = this.built.get(place);
    if (node === undefined) this.built.set(place, (node = this.made(place)));
    return node;
  }

  private made(place: number): number {
    const { op, args, value, axis, keepdims, name, setting, size, of, sizes } = this.program.nodes[place]!;
    if (sizes) return this.graph.constant(sizes.reduce((product, [array, axis_, power]) => product * this.around.size(array, axis_) ** power, number(value)));
    if (op === "constant") return this.graph.constant(number(value));
    if (setting !== undefined) return this.graph.constant(Number(settingOf(this.around.settings, setting)));
    if (size !== undefined) return this.graph.constant(this.around.size(size, of!));
    if (name !== undefined) return this.around.node(name);
    const how = axis === undefined ? {} : { axis, keepdims: keepdims! };
    return this.graph.apply(op, args!.map((arg) => this.build(arg)), how);
  }
}

/** The program of the branch that these settings and sizes take. */
export function chosen<P extends Program>(programs: P[], around: Omit<Surroundings, "node">): P {
  const found = programs.find((program) =>
    program.when.every(([place, truth]) => Boolean(conditionOf(program, place, around)) === truth));
  if (!found) throw new Error("the definition has no branch for these settings");
  return found;
}

/** The program of the branch, with a slip in it where there is one; null where the slip is in another branch. */
export function slipped<P extends Program>(programs: P[], slip: SlipDefinition | undefined, around: Omit<Surroundings, "node">): P | null {
  const program = chosen(programs, around);
  if (!slip) return program;
  if (programs[slip.of] !== program) return null;
  const kept = Object.entries(program.results).filter(([, place]) => place < slip.after);
  return { ...program, nodes: [...program.nodes.slice(0, slip.after), ...slip.nodes], results: { ...Object.fromEntries(kept), ...slip.results } };
}

function conditionOf(program: Program, place: number, around: Omit<Surroundings, "node">): number {
  const { op, args, value, name, setting, size, of } = program.nodes[place]!;
  if (op === "constant") return number(value);
  if (setting !== undefined) return Number(settingOf(around.settings, setting));
  if (size !== undefined) return around.size(size, of!);
  if (name !== undefined) throw new Error(`a branch may not depend on ${name}`);
  return computedOf(op, args!.map((arg) => conditionOf(program, arg, around)));
}

function settingOf(settings: Settings, name: string): number | boolean {
  const value = settings[name];
  if (value === undefined) throw new Error(`the setting ${name} has no value`);
  return value;
}
