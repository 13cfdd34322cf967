// The recorded step: it finds quantities by path or node, looks up single numbers, and names rows,
// units and classes. A what-if is the same step with other numbers.

import { evaluate, shapesOf } from "./primitives/compute";
import type { Tensor } from "./primitives/tensor";
import { decoded } from "./coding";
import { brief, inDigitsOf, shown } from "./numbers";
import type { GraphNode, PictureColumn, KeptLines, NumberInputs, Payload, Quantity, Standardised } from "./payload";
import { number, unpacked } from "./payload";

export type Index = number[];

/** The numbers of one array, as far as the page has them. */
export interface ArrayNumbers {
  /** One number; undefined if the page does not have it. */
  at(index: Index): number | undefined;
  /** All numbers, row by row; null if the page has only some. */
  all: Float64Array | null;
}

export const flat = (shape: number[], index: Index) =>
  index.reduce((place, at, axis) => place * shape[axis]! + at, 0);

/** The address of one number: dense1.W[3,2]. */
export const address = (path: string, index: Index) =>
  index.length ? `${path}[${index.join(",")}]` : path;

/** The unit that a column's name ends with, before which there is a space: " cm" of "petal length (cm)". */
const unitOf = (name: string) => {
  const unit = /\(([^()]{1,8})\)$/.exec(name)?.[1];
  return unit ? ` ${unit}` : "";
};

export class Step {
  readonly byPath = new Map<string, Quantity>();
  readonly byNode = new Map<number, Quantity>();
  readonly shapes: number[][];
  private readonly arrays = new Map<string, ArrayNumbers>();
  private readonly columnOf = new Map<string, number>();

  /** `changed` has the value of every node in a what-if; null for the recorded step. */
  constructor(
    readonly payload: Payload,
    readonly changed: Tensor[] | null = null,
  ) {
    for (const quantity of payload.quantities) {
      this.byPath.set(quantity.path, quantity);
      this.byNode.set(quantity.node, quantity);
    }
    const known = new Map(payload.quantities.map((q) => [q.node, q.shape]));
    this.shapes = shapesOf(payload.nodes, known);
    payload.columns.forEach((column, place) =>
      column.layers.forEach((layer) => this.columnOf.set(layer, place)),
    );
  }

  /** Find a quantity by its path or by an alias. */
  find(path: string): Quantity | undefined {
    return this.byPath.get(path) ?? this.byPath.get(this.payload.aliases[path] ?? "");
  }

  numbers(quantity: Quantity): ArrayNumbers {
    let found = this.arrays.get(quantity.path);
    if (!found) {
      found = numbersOf(quantity, this.changed?.[quantity.node]);
      this.arrays.set(quantity.path, found);
    }
    return found;
  }

  at(quantity: Quantity, index: Index): number | undefined {
    return this.numbers(quantity).at(index);
  }

  /** The number of a scalar quantity; undefined if the step has no quantity of this name. */
  scalar(path: string): number | undefined {
    const quantity = this.find(path);
    return quantity && this.at(quantity, quantity.shape.map(() => 0));
  }

  node(place: number): GraphNode {
    return this.payload.nodes[place]!;
  }

  shape(place: number): number[] {
    return this.shapes[place]!;
  }

  /** Such an array is shown without its numbers. */
  tooMany(): void {}

  /** Whether a quantity was given, not computed: an input, a parameter, a setting. */
  isGiven(quantity: Quantity): boolean {
    return this.payload.nodes[quantity.node]!.op === "given";
  }

  /** The column of the picture that an axis of a quantity belongs to. */
  columnOfAxis(quantity: Quantity, axis: number): number {
    const last = this.payload.columns.length - 1;
    const word = quantity.axes[axis];
    const own = quantity.layer === null ? undefined : this.columnOf.get(quantity.layer);
    if (word === "input") return own === undefined ? 0 : Math.max(0, own - 1);
    return own ?? last;
  }

  /** The name of a place along an axis: row 7, petal length, versicolor, unit 3. */
  label(quantity: Quantity, axis: number, place: number): string {
    if (quantity.axes[axis] === "row") return this.payload.rows[place]?.label ?? `row ${place}`;
    return this.unitLabel(this.columnOfAxis(quantity, axis), place);
  }

  unitLabel(column: number, place: number): string {
    const { inputs, outputs, columns } = this.payload;
    if (column === 0) {
      if (inputs.image) {
        const width = inputs.image[1];
        return `pixel ${Math.floor(place / width)},${place % width}`;
      }
      return inputs.names?.[place] ?? `input ${place}`;
    }
    if (column === columns.length - 1) return outputs.names?.[place] ?? outputs.standardised?.[place]?.name ?? `output ${place}`;
    return `unit ${place}`;
  }

  /** A standardised input or target as the table has it: its value there, and in words. */
  given(quantity: Quantity, index: Index, value = this.at(quantity, index)): { value: number; text: string } | null {
    const how = this.standardised(quantity, index);
    const code = this.code(quantity, index);
    if (code && value !== undefined) {
      const raw = Number(decoded(code, value).toPrecision(quantity.dtype === "float32" ? 4 : 12));
      return { value: raw, text: `${shown(raw)}${unitOf(this.columnName(index)!)}` };
    }
    if (!how || value === undefined) return null;
    const own = inDigitsOf(Math.abs(how.mean) + how.sd, value * how.sd + how.mean, quantity.dtype === "float32" ? 6 : 12);
    return { value: own, text: `${shown(own)}${unitOf(how.name)}` };
  }

  /** What stands in the table where an input comes from; null where that is not known, or the input was changed. */
  cell(quantity: Quantity, index: Index): string | null {
    const { cells } = this.payload.inputs;
    if (!cells || quantity.path !== "x") return null;
    if (this.changed && this.at(quantity, index) !== numbersOf(quantity, undefined).at(index)) return null;
    const [row, input] = index as [number, number];
    return `${brief(cells.rows[row]![cells.of[input]!]!)}${unitOf(this.columnName(index)!)}`;
  }

  /** The column of the table that an input comes from. */
  columnName(index: Index): string | undefined {
    const { cells } = this.payload.inputs;
    return cells?.columns[cells.of[index[1]!]!];
  }

  /** How a column of numbers became inputs, if this is the first of them; null otherwise. */
  code(quantity: Quantity, index: Index): NumberInputs | null {
    const { cells } = this.payload.inputs;
    const code = quantity.path === "x" ? cells?.codes[cells.of[index[1]!]!] : null;
    return code?.first === index[1] ? code! : null;
  }

  /** How an input, a target or a prediction was standardised; null where it was not. */
  standardised(quantity: Quantity, index: Index): Standardised | null {
    const { inputs, outputs } = this.payload;
    const place = index[1] ?? -1;
    if (quantity.path === "x") return inputs.standardised?.[place] ?? null;
    const isOutput = quantity.path === "t" || quantity === (this.find("p") ?? this.find("o"));
    return (isOutput && outputs.standardised?.[place]) || null;
  }

  /** Whether the page has every given number, so that it can compute the step again. */
  get isComplete(): boolean {
    return this.payload.nodes.every((node, place) => {
      const quantity = this.byNode.get(place);
      return node.op !== "given" || (quantity !== undefined && !!quantity.values);
    });
  }

  /** The step with some given numbers changed and all others computed again. */
  whatIf(changes: Map<string, number>): Step {
    const given = this.givenArrays(changes);
    let values = evaluate(this.payload.nodes, given);
    const clip = this.byPath.get("clip");
    if (clip && values[clip.node]!.data[0]! > 1) {
      // The recorded gradient was clipped. This one is shorter than the limit, so it is not clipped.
      given.set(clip.node, { shape: [], data: Float64Array.of(1) });
      values = evaluate(this.payload.nodes, given);
    }
    return new Step(this.payload, values);
  }

  /** The loss with its penalty, before the update and after it; null after a step without update. */
  losses(): { before: number; after: number | null } {
    const { loss } = this.payload;
    if (!this.changed) {
      return { before: number(loss.before), after: loss.after === null ? null : number(loss.after) };
    }
    const total = (nodes: Tensor[]) =>
      ["E", "penalty"].reduce((sum, path) => {
        const quantity = this.find(path);
        return quantity ? sum + nodes[quantity.node]!.data[0]! : sum;
      }, 0);
    if (loss.after === null) return { before: total(this.changed), after: null };
    const given = this.givenArrays(new Map());
    for (const [place] of given) given.set(place, this.changed[place]!);
    for (const quantity of this.payload.quantities) {
      const moved = this.find(`${quantity.path}.new`);
      if (moved) given.set(quantity.node, this.changed[moved.node]!);
    }
    return { before: total(this.changed), after: total(evaluate(this.payload.nodes, given)) };
  }

  private givenArrays(changes: Map<string, number>): Map<number, Tensor> {
    const given = new Map<number, Tensor>();
    for (const quantity of this.payload.quantities) {
      if (!this.isGiven(quantity)) continue;
      const data = unpacked(quantity.values!);
      for (let place = 0; place < data.length; place++) {
        const changed = changes.get(`${quantity.path}#${place}`);
        if (changed !== undefined) data[place] = changed;
      }
      given.set(quantity.node, { shape: quantity.shape, data });
    }
    return given;
  }
}

/** The weight matrix of a column; null if the column has none. */
export function matrixOf(step: Step, column: PictureColumn): Quantity | null {
  for (const layer of step.payload.layers) {
    if (!column.layers.includes(layer.path)) continue;
    for (const path of layer.parameters) {
      const quantity = step.find(path);
      if (quantity?.shape.length === 2) return quantity;
    }
  }
  return null;
}

function numbersOf(quantity: Quantity, changed: Tensor | undefined): ArrayNumbers {
  const { shape, values, summary } = quantity;
  if (changed || values) {
    const all = changed?.data ?? unpacked(values!);
    return { all, at: (index) => all[flat(shape, index)] };
  }
  const kept = (summary?.lines ?? []).map((lines) => keptLines(lines, shape));
  const strongest = new Map(
    (summary?.strongest ?? []).map(({ index, value }) => [index.join(), number(value)]),
  );
  return {
    all: null,
    at: (index) => {
      for (const at of kept) {
        const value = at(index);
        if (value !== undefined) return value;
      }
      return strongest.get(index.join());
    },
  };
}

/** Look up a number in the rows, columns or block that the page keeps. */
function keptLines(lines: KeptLines, shape: number[]): (index: Index) => number | undefined {
  const data = unpacked(lines);
  const rows = lines.rows && new Map(lines.rows.map((row, place) => [row, place]));
  const columns = lines.columns && new Map(lines.columns.map((column, place) => [column, place]));
  const width = columns ? columns.size : shape[1]!;
  return ([row, column]) => {
    const i = rows ? rows.get(row!) : row;
    const j = columns ? columns.get(column!) : column;
    return i === undefined || j === undefined ? undefined : data[i * width + j];
  };
}
