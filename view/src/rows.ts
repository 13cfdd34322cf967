// The panel of the batch: the current row, and a bar for the loss of each row.

import type { App } from "./app";
import { h as element } from "./dom";
import { rowPicture } from "./rowpicture";
import { count, shown } from "./numbers";
import { most } from "./scale";
import type { Child, Memo, Tree } from "./tree";
import { h, newMemo, refill, s } from "./tree";

const HEIGHT = 24;

export function rowsPanel(app: App): HTMLElement {
  const panel = element("div", { class: "rows" });
  const memo = newMemo();
  app.listen(() => refill(panel, contents(app, memo)));
  return panel;
}

/** The loss of a row: recorded, or computed again in a what-if. */
function lossOf(app: App, row: number): number {
  const quantity = app.step.find("row_loss");
  return (quantity && app.step.at(quantity, [row])) ?? NaN;
}

/** The class that a what-if predicts for the current row; null if the outputs are not classes. */
function predicted(app: App): string | null {
  const { names } = app.step.payload.outputs;
  const quantity = app.step.find("p") ?? app.step.find("o");
  if (!quantity || !names || quantity.shape[1] !== names.length) return null;
  const values = names.map((_, place) => app.step.at(quantity, [app.row, place]) ?? NaN);
  return names[values.indexOf(Math.max(...values))] ?? null;
}

function contents(app: App, memo: Memo): Child[] {
  const { rows } = app.step.payload;
  const row = rows[app.row]!;
  const target = app.changes.size && [...app.changes.keys()].some((key) => key.startsWith("t#")) ? null : row.target;
  const prediction = app.changes.size ? predicted(app) : row.prediction;
  const words = [
    target === null ? null : `target ${target}`,
    prediction === null ? null : `predicted ${prediction}`,
    `loss ${shown(lossOf(app, app.row))}`,
  ].filter((text) => text !== null);
  const picture = memo("picture", [app.recorded, app.row], () => rowPicture(app));
  if (rows.length === 1)
    return [picture, h("p", { class: "row-words" }, h("strong", {}, row.label), `  ${words.join("   ")}`)];
  const select = h("select", { "data-key": "row", "aria-label": "row of the batch",
    change: (event: Event) => app.chooseRow(Number((event.currentTarget as HTMLSelectElement).value)) },
    rows.map((one, place) => h("option", { value: place, selected: place === app.row }, one.label)));
  return [
    picture,
    h("p", { class: "row-words" }, select, h("span", { class: "quiet" }, ` of ${count(rows.length)}`), h("span", {}, words.join("   "))),
    strip(app),
  ];
}

/** The losses of all rows, side by side. */
function strip(app: App): Tree {
  const { rows } = app.step.payload;
  const step = Math.max(2, Math.min(14, 140 / rows.length));
  const losses = rows.map((_, place) => lossOf(app, place));
  const end = most(losses) || 1;
  const choose = (event: MouseEvent) => {
    const x = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    app.chooseRow(Math.min(rows.length - 1, Math.max(0, Math.floor(x / step))));
  };
  return h("p", { class: "row-losses quiet" }, `loss of each row, up to ${shown(most(losses))}`,
    s("svg", { class: "strip", width: rows.length * step, height: HEIGHT + 4,
      role: "img", "aria-label": "loss of each row", click: choose },
      losses.map((loss, place) => {
        const height = Math.max(1, (Math.abs(loss) / end) * HEIGHT) || 1;
        return s("rect", { x: place * step, y: HEIGHT - height, width: Math.max(1, step - 2), height,
          class: place === app.row ? "here" : null }, s("title", {}, `${rows[place]!.label}: loss ${shown(loss)}`));
      }),
      s("line", { class: "axis", x1: 0, x2: rows.length * step, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 })));
}
