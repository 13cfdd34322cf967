// Which known slips give a reader's number: the search of clearprop/explaining/work/diagnosis.py for
// one number. What each slip changes in the step's graph is data of the page.

import type { NumberAddress } from "./app";
import type { Convention, Slip, SlipChange } from "./payload";
import { MissingNumber, SharedArrays, SlipGraph } from "./slipgraph";
import type { Step } from "./step";
import { address } from "./step";

/** What is known of a wrong number. */
export interface Diagnosis {
  /** A right way to compute that is not the step's; with `ways`, the one that they are made in. */
  convention: Convention | null;
  /** The slips that give the number, each way one or two made together. */
  ways: Slip[][];
  /** The slips that the page cannot compute for this number. */
  unknown: string[];
}

/** Whether a computed number is the reader's. */
type Agrees = (value: number) => boolean;

/** What a change makes of the asked number: null for nothing, undefined where the page cannot tell. */
type Changed = number | null | undefined;

/** What was computed for a step: the reader may try several values of one number. */
class Memory {
  readonly shared: SharedArrays;
  readonly numbers = new Map<string, Map<SlipChange, Changed>>();

  constructor(step: Step) {
    this.shared = new SharedArrays(step);
  }
}

const memories = new WeakMap<Step, Memory>();

/** Find the slips that give a number, or the convention that it is right in. */
export function diagnosed(step: Step, asked: NumberAddress, agrees: Agrees): Diagnosis {
  return new Search(step, asked, agrees).diagnosis();
}

class Search {
  private readonly memory: Memory;
  private readonly unknown = new Set<string>();

  constructor(
    private readonly step: Step,
    private readonly asked: NumberAddress,
    private readonly agrees: Agrees,
  ) {
    this.memory = memories.get(step) ?? new Memory(step);
    memories.set(step, this.memory);
  }

  diagnosis(): Diagnosis {
    const conventions = this.conventions();
    const right = conventions.find((one) => this.gives(one, one.name)) ?? null;
    if (right) return { convention: right, ways: [], unknown: [] };
    for (const convention of [null, ...conventions.filter((one) => one.with_slips)]) {
      const ways = this.ways(convention);
      if (ways.length) return { convention, ways, unknown: [...this.unknown] };
    }
    return { convention: null, ways: [], unknown: [...this.unknown] };
  }

  private conventions(): Convention[] {
    const last = this.asked.quantity.path.split(".").pop()!;
    const all = this.step.payload.slips?.conventions ?? [];
    return all.filter(({ ends }) => ends.length === 0 || ends.includes(last));
  }

  /** The slips that give the number alone, else those that give it in pairs. */
  private ways(convention: Convention | null): Slip[][] {
    const { slips, pairs } = this.step.payload.slips ?? { slips: [], pairs: [] };
    const alone = slips.filter((slip) => this.gives(slip, slip.name, convention));
    if (alone.length) return alone.map((slip) => [slip]);
    return pairs.filter((pair) => this.gives(pair, "", convention)).map((pair) => pair.slips.map((at) => slips[at]!));
  }

  /** Whether a change of the step gives the number; `name` is noted where the page cannot tell. */
  private gives(change: SlipChange, name: string, convention: Convention | null = null): boolean {
    const after = convention?.after?.[this.asked.quantity.path];
    if (convention && after === undefined) return false;
    const value = this.number(change, after);
    if (value === undefined && name) this.unknown.add(name);
    return typeof value === "number" && this.agrees(value);
  }

  private number(change: SlipChange, after: number | undefined): Changed {
    const { quantity, index } = this.asked;
    const key = `${address(quantity.path, index)} ${after ?? ""}`;
    const known = this.memory.numbers.get(key) ?? new Map<SlipChange, Changed>();
    this.memory.numbers.set(key, known);
    if (!known.has(change)) known.set(change, this.computed(change, after));
    return known.get(change);
  }

  private computed(change: SlipChange, after: number | undefined): Changed {
    const { quantity, index } = this.asked;
    try {
      return new SlipGraph(this.step, this.step.payload.slips!.nodes, change, this.memory.shared).value(quantity, index, after);
    } catch (error) {
      if (error instanceof MissingNumber) return undefined;
      throw error;
    }
  }
}
