// Several networks that are averaged: a table of them, and their curves.

import { h } from "../dom";
import { count, shown } from "../numbers";
import { number } from "../payload";
import type { Chart, Plot, Series } from "./chart";
import { chart } from "./chart";
import type { JsonNumber, Member, Report } from "./payload";
import { duration, many } from "./words";

const LINES = 6;

export function members(report: Report): HTMLElement | null {
  const found = report.members;
  if (!found) return null;
  const charts: Chart[] = [];
  const drawn = plots(report);
  const last = Math.max(0, ...drawn.map((plot) => plot.at.length - 1));
  const output = h("output", { for: "epoch" });
  const slider = h("input", {
    type: "range", id: "epoch", min: 0, max: last, step: 1, input: () => choose(Number(slider.value)),
  });
  const choose = (place: number) => {
    slider.value = String(place);
    output.textContent = `${place + 1} of ${last + 1}`;
    slider.setAttribute("aria-valuetext", sliderText(drawn, place));
    charts.forEach((one, order) => one.show(Math.min(place, drawn[order]!.at.length - 1)));
  };
  for (const plot of drawn) charts.push(chart(plot, choose));
  if (drawn.length) choose(0);
  return h("section", { id: "training", "aria-labelledby": "training-title" },
    h("h2", { id: "training-title" }, "How training went"),
    h("p", {}, lead(report)),
    drawn.length > 0 && h("div", { class: "epoch" }, h("label", { for: "epoch" }, "epoch"), slider, output),
    h("div", { class: "charts" }, charts.map((one) => one.element)),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "the networks" }, table(found.members)));
}

/** How many networks there are, how long they took, and what the held-out rows decided. */
export function lead(report: Report): string {
  const { members: found, seconds } = report;
  const list = found!.members;
  const time = seconds === null ? "" : `, trained in ${duration(seconds)}`;
  const probes = list.filter((one) => one.rows_held_out > 0).length;
  const held = probes
    ? ` ${count(probes)} of them held rows out, which decided how long the others train` +
      (found!.temperature === null ? "." : ` and the temperature ${shown(number(found!.temperature))}.`)
    : "";
  const end = {
    done: "", time: " The time limit ended training.", interrupted: " Training was interrupted.",
    callback: " A callback ended training.",
  };
  return `${many(list.length, "network")}${time}; their predictions are averaged.${held}${end[found!.ended]}`;
}

/** The values at the cursor, for screen readers. */
function sliderText(drawn: Plot[], place: number): string {
  const values = drawn.flatMap((plot) => plot.series
    .filter((one) => Number.isFinite(one.values[place] ?? NaN))
    .map((one) => `${plot.title.toLowerCase()} of ${one.name} ${shown(one.values[place]!)}`));
  return `epoch ${place + 1}: ${values.join(", ")}`;
}

function plots(report: Report): Plot[] {
  const { members: list, held_out_loss } = report.members!;
  const made: Plot[] = [];
  const add = (title: string, note: string, curve: (one: Member) => JsonNumber[]) => {
    const longest = Math.max(0, ...list.map((one) => curve(one).length));
    if (!longest) return;
    const at = Array.from({ length: longest }, (_, place) => place + 1);
    const some = list.flatMap((one, place) => (curve(one).length ? [{ one, place }] : []));
    const series: Series[] = some.map(({ one, place }, order) => ({
      name: `network ${place}`,
      values: at.map((_, epoch) => (epoch < curve(one).length ? number(curve(one)[epoch]!) : NaN)),
      line: `layer${order % LINES}`,
    }));
    made.push({ title, note, series, at, unit: "epoch", kept: longest });
  };
  add("Loss", "Mean over the batches of the epoch, each measured before its step.", (one) => one.loss);
  add("Held-out loss", `Of the rows that the network did not see: ${held_out_loss}. Its lowest epoch is kept.`,
    (one) => one.held_out_loss);
  return made;
}

function table(list: Member[]): HTMLElement {
  const row = (one: Member, place: number) => h("tr", {},
    h("th", { scope: "row" }, String(place)),
    [one.inputs, one.epochs, one.rows_held_out].map((value) =>
      h("td", { class: "figure mono" }, value ? count(value) : "–")));
  return h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, ["network", "inputs", "epochs", "rows held out"].map((name) =>
      h("th", { scope: "col", class: "figure" }, name)))),
    h("tbody", {}, list.map(row)));
}
