// What every unit answers on a grid over the data: the pictures of the boundary and of the units.

import type { StepProgram } from "./engine/trainer";
import type { Lab } from "./lab";

export const GRID = 40;
/** The places of a curve over one input. */
const CURVE = 160;
/** With more inputs than this a picture of two of them says little. */
export const MOST_INPUTS = 12;

export interface Range {
  low: number;
  high: number;
}

export class Maps {
  /** The range of the picture along each axis. */
  across!: Range;
  up!: Range;
  /** The predictions on the grid, with every layer's output; null where there is no picture. */
  program: StepProgram | null = null;
  private grid = new Float64Array(0);

  constructor(private readonly lab: Lab) {
    lab.listen(() => this.place(), true);
    lab.listen(() => this.update());
    this.place();
    this.update();
  }

  /** Whether the picture is a curve over the only input. */
  get isCurve(): boolean {
    return this.lab.rows.inputs === 1;
  }
  get width(): number {
    return this.isCurve ? CURVE : GRID;
  }
  get height(): number {
    return this.isCurve ? 1 : GRID;
  }

  place(): void {
    const { rows, held, axes } = this.lab;
    this.program = null;
    if (rows.inputs > MOST_INPUTS) return;
    const all = [rows, ...(held ? [held] : [])];
    const column = (axis: number) => all.flatMap(({ count, inputs, x }) => Array.from({ length: count }, (_, row) => x[row * inputs + axis]!));
    this.across = ranged(column(axes[0]));
    this.up = this.isCurve ? ranged(all.flatMap(({ t }) => [...t])) : ranged(column(axes[1]));
    this.grid = new Float64Array(this.width * this.height * rows.inputs);
    const means = Array.from({ length: rows.inputs }, (_, axis) => {
      const values = column(axis);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    for (let line = 0, at = 0; line < this.height; line++)
      for (let place = 0; place < this.width; place++)
        for (let axis = 0; axis < rows.inputs; axis++) {
          this.grid[at++] = axis === axes[0] ? between(this.across, place, this.width)
            : axis === axes[1] ? between(this.up, this.height - 1 - line, this.height) : means[axis]!;
        }
  }

  update(): void {
    if (this.grid.length && this.lab.rows.inputs <= MOST_INPUTS) this.program = this.lab.trainer.predict(this.grid);
  }

  /** The numbers of an array of the network on the grid, and how many a row has. */
  values(path: string): { data: Float64Array; width: number } | null {
    const { program } = this;
    if (!program) return null;
    if (path === "x") return { data: this.grid, width: this.lab.rows.inputs };
    const node = path === "p" ? program.prediction : program.arrays.find((one) => one.path === path)?.node;
    return node === undefined ? null : { data: program.compiled.at(node), width: program.compiled.shapes[node]![1]! };
  }
}

function ranged(values: number[]): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1) * 0.12;
  return { low: low - margin, high: high + margin };
}

/** The value in the middle of a cell of the grid. */
const between = ({ low, high }: Range, place: number, count: number) => low + ((place + 0.5) / count) * (high - low);
