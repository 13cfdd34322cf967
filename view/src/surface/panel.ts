// Beside the picture: the followed path at this epoch, and the loss at the point that is looked at. Below it:
// the paths, what the axes are, and what the plane does not show.

import { h } from "../dom";
import { cut } from "./cut";
import { told } from "../ground/facts";
import { walkerButton } from "../ground/walks";
import { shown } from "../numbers";
import { number } from "../payload";
import { refill } from "../tree";
import type { Axis, Path, Surface } from "./payload";
import type { SurfaceState } from "./state";

/** Where a path is, counted alike in all places of the page. */
export const epochText = (path: Path, now: number) => `epoch ${now} of ${path.losses.length - 1}`;

const ground = (surface: Surface) => (surface.axes.length > 1 ? "plane" : "line");

/** What part of the way from start to end a distance is. */
const ofTheWay = (part: number) => `${shown(100 * part, 3)} % of the way`;

/** A row of the table: a name, and the cells of the path and of the point; null where there is no such number. */
type Row = [string, HTMLElement | null, HTMLElement | null];

export function panel(state: SurfaceState): HTMLElement {
  const { surface } = state;
  const box = h("table", { class: "both" });
  const draw = () => {
    const { path } = state;
    const rows = [...(path ? ofPath(surface, path, state.at(path)) : []), ...atPoint(state)];
    const names = [...new Set(rows.map(([name]) => name))];
    const cell = (name: string, place: 1 | 2) => rows.find((row) => row[0] === name && row[place])?.[place] ?? h("td", {}, "");
    refill(box,
      h("thead", {}, h("tr", {}, h("td", {}),
        path && h("th", { scope: "col", class: "moment" }, `${path.name}, `, h("span", { class: "nowrap" }, epochText(path, state.at(path)))),
        h("th", { scope: "col", class: "nowrap" }, "the point"))),
      h("tbody", {}, names.map((name) =>
        h("tr", {}, h("th", { scope: "row" }, name), path && cell(name, 1), cell(name, 2)))));
  };
  state.listen(draw);
  return h("section", { class: "now-panel", "aria-label": "numbers" }, box, sliders(state));
}

function ofPath(surface: Surface, path: Path, now: number): Row[] {
  const at = path.coordinates[now]!;
  const isOutside = surface.axes.some(({ values }, place) => at[place]! < values[0]! || at[place]! > values[values.length - 1]!);
  const row = (name: string, number: number, words?: string): Row => [name, told("td", number, words), null];
  return [
    row("loss", number(path.losses[now])),
    ...surface.axes.map(({ letter }, place) => row(letter, at[place]!)),
    ...path.norms.map(({ name, values }) => row(`‖${name}‖`, number(values[now]))),
    row(surface.axes.length > 1 ? "loss of the plane below" : "loss on the line there", number(path.below[now])),
    row(`off the ${ground(surface)}`, path.off[now]!, `${ofTheWay(path.off[now]!)}${isOutside ? ", outside the picture" : ""}`),
    ...(path.steepness && path.in_plane ? [
      row("slope, all directions", number(path.steepness[now])),
      row(surface.axes.length > 1 ? "slope in the plane" : "slope along the line", number(path.in_plane[now])),
    ] : []),
  ];
}

function atPoint(state: SurfaceState): Row[] {
  const { point, surface } = state;
  const row = (name: string, number: number): Row => [name, null, told("td", number)];
  return [
    row("loss", state.of(surface.heights, point)),
    ...surface.axes.map(({ letter, values }, place) => row(letter, values[point[place]!]!)),
    ...surface.norms.map(({ name, values }) => row(`‖${name}‖`, state.of(values, point))),
  ];
}

/** The point of the grid, by the pointer or by a slider for each axis, with the loss along it. */
function sliders(state: SurfaceState): HTMLElement {
  const { surface } = state;
  const both = surface.axes.map((axis, place) => slider(state, axis, place));
  state.listen(() => both.forEach(({ range }, place) => {
    const { point } = state;
    range.value = String(point[place]);
    range.setAttribute("aria-valuetext", `${shown(surface.axes[place]!.values[point[place]!]!, 3)}, loss ${shown(state.of(surface.heights, point))}`);
  }));
  return h("div", { class: "at-point" },
    h("p", { class: "small quiet" }, "The point: point at the picture, or move a slider. It is the nearest one where the loss was computed; a click keeps it."),
    both.map(({ label }, place) => [!state.isLine && cut(state, surface.axes[place]!, place), label]));
}

function slider(state: SurfaceState, axis: Axis, place: number): { label: HTMLElement; range: HTMLInputElement } {
  const range = h("input", { type: "range", min: 0, max: axis.values.length - 1, step: 1, "data-key": `point ${axis.letter}`,
    input: () => state.choose(place ? [state.point[0], Number(range.value)] : [Number(range.value), state.point[1]]) });
  return { label: h("label", { class: "along" }, h("span", { class: "mono" }, axis.letter), range), range };
}

/** The paths by name, as buttons that choose one, each with what is known of it. */
export function paths(state: SurfaceState): HTMLElement | null {
  const { surface } = state;
  if (surface.paths.length < 2) return null;
  const box = h("ul", {});
  const draw = () => refill(box, surface.paths.map((path, place) => {
    const off = path.off.reduce((most, one) => Math.max(most, one), 0);
    return h("li", {}, walkerButton(place, path.name, place === state.walker, () => state.follow(place)),
      h("span", { class: "quiet small" }, `loss ${shown(number(path.losses[0]))} → ${shown(number(path.losses[path.losses.length - 1]))}, `
        + `off the ${ground(surface)} by at most ${ofTheWay(off)}`));
  }));
  state.listen(draw);
  return h("section", { class: "walkers", "aria-label": "paths" }, box);
}

/** What the axes are, how the loss bends, and what is not seen. */
export function about(surface: Surface): HTMLElement {
  const { axes, bends, unseen } = surface;
  return h("div", { class: "told" },
    h("section", {}, h("h2", {}, axes.length > 1 ? "The axes" : "The axis"),
      h("dl", { class: "axes" }, axes.map(({ letter, name, about: words }) =>
        [h("dt", {}, h("span", { class: "mono" }, letter), ` ${name}`), h("dd", {}, `${words}.`)])),
      rest(axes),
      bends.length > 0 && h("h2", {}, "How the loss bends"),
      bends.map((line) => h("p", {}, line))),
    h("section", {}, h("h2", {}, `What the ${ground(surface)} does not show`),
      h("ul", { class: "unseen-list" }, unseen.map((one) => h("li", {}, one)))));
}

/** The shares as bars, one beside the other; what is left of 1 is off the plane. */
function rest(axes: Axis[]): HTMLElement | null {
  if (axes[0]!.explained === null) return null;
  const bars = axes.map(({ letter, explained }) => {
    const bar = h("span", { class: `share ${letter}` }, letter);
    bar.style.flexGrow = String(explained!);
    return bar;
  });
  return h("div", { class: "shares", "aria-hidden": "true" }, bars);
}
