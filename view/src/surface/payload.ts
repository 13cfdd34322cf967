// The data of the page of a network's loss over a plane, made by clearprop/descent/surface_viewed.py.

import type { JsonNumbers } from "../payload";

export interface Axis {
  letter: string;
  name: string;
  about: string;
  values: number[];
  explained: number | null;
}

/** The lengths of a part of the weights: at each point of the grid, or at each epoch. */
export interface Lengths<Values> {
  name: string;
  values: Values;
}

export interface Path {
  name: string;
  /** Of the nearest point on the plane, at each epoch. */
  coordinates: [number, number][];
  losses: JsonNumbers;
  /** The loss on the plane at these coordinates. */
  below: JsonNumbers;
  /** The distance from the plane, in units of the way from start to end. */
  off: number[];
  norms: Lengths<JsonNumbers>[];
  slopes: JsonNumbers[] | null;
  steepness: JsonNumbers | null;
  in_plane: JsonNumbers | null;
}

export interface Surface {
  name: string;
  headline: string;
  how: string;
  kind: "path" | "random";
  /** One on a line. */
  axes: Axis[];
  heights: JsonNumbers | JsonNumbers[];
  levels: number[];
  norms: Lengths<JsonNumbers | JsonNumbers[]>[];
  paths: Path[];
  bends: string[];
  unseen: string[];
  made_by: string;
}
