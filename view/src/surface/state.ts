// The state of the page: the epoch, the path that is followed, and the point of the grid that is looked at.

import type { Stepped } from "../ground/steps";
import { number } from "../payload";
import type { Axis, Lengths, Path, Surface } from "./payload";

/** A point of the grid: its place along each axis. */
export type Point = [number, number];

export class SurfaceState implements Stepped {
  step = 0;
  walker = 0;
  /** The point under the pointer; where there is none, the chosen one. */
  private hovered: Point | null = null;
  private chosen: Point;
  private readonly listeners: (() => void)[] = [];

  constructor(readonly surface: Surface) {
    const [a, b] = surface.axes;
    this.chosen = [nearest(a!, surface.paths.length ? 1 : 0), b ? nearest(b, 0) : 0];
  }

  get isLine(): boolean {
    return this.surface.axes.length === 1;
  }
  get path(): Path | undefined {
    return this.surface.paths[this.walker];
  }
  /** The last epoch of the longest path. */
  get last(): number {
    return Math.max(0, ...this.surface.paths.map((path) => path.losses.length - 1));
  }
  get point(): Point {
    return this.hovered ?? this.chosen;
  }
  /** The place in a path at the current epoch; a path that has ended stays at its end. */
  at(path: Path): number {
    return Math.min(this.step, path.losses.length - 1);
  }
  /** A number of the grid at a point. */
  of(values: Lengths<Surface["heights"]>["values"], [column, row]: Point): number {
    return number(this.isLine ? (values as number[])[column] : (values as number[][])[row]![column]);
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }
  go(step: number): void {
    this.step = Math.min(Math.max(step, 0), this.last);
    this.changed();
  }
  follow(walker: number): void {
    this.walker = walker;
    this.changed();
  }
  hover(point: Point | null): void {
    if (String(point) === String(this.hovered)) return;
    this.hovered = point;
    this.changed();
  }
  choose(point: Point): void {
    this.chosen = point;
    this.hovered = null;
    this.changed();
  }
  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The place of the nearest point along an axis. */
export function nearest({ values }: Axis, wanted: number): number {
  return values.reduce((best, one, place) => (Math.abs(one - wanted) < Math.abs(values[best]! - wanted) ? place : best), 0);
}
