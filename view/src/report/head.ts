// The headline: what was trained, and its main figure compared with a baseline that needs no network.

import { h } from "../dom";
import { aligned, count, exact } from "../numbers";
import { number } from "../payload";
import type { Figures, JsonNumber, Report } from "./payload";
import { label, many, quantity, ratio } from "./words";

export function head(report: Report): HTMLElement {
  const { title, figures } = report;
  const from = title.source ?? "given rows";
  return h("header", {},
    h("p", { class: "facts quiet" }, h("span", {}, "training report"), h("span", {}, title.network),
      h("span", {}, title.optimizer), h("span", {}, many(title.parameters, "parameter"))),
    h("h1", {}, title.target === null ? from : `${from} → ${title.target}`),
    figures.accuracy === undefined ? quantityFigures(report, figures) : classFigures(report, figures));
}

function classFigures(report: Report, figures: Figures): HTMLElement {
  const rows = report.measured_on === "given" ? many(figures.rows, "row") : many(figures.rows, `${report.measured_on} row`);
  const wrong = Math.round((1 - figures.accuracy!) * figures.rows);
  const base = figures.baseline_accuracy;
  return h("div", { class: "outcome" },
    figure(report, figures.accuracy!),
    h("div", { class: "against" },
      h("p", {}, `on ${rows}${warning(report)}: ${wrong ? `${count(wrong)} wrong` : "all correct"}.`),
      findings(report),
      base !== undefined && typeof figures.baseline === "string" && h("p", { class: "quiet" },
        `Always predicting “${label(figures.baseline)}”, the most frequent class ` +
        `${figures.constant_from === "training" ? "in training" : "of these rows"}, would reach ${ratio(base, figures.decimals)}.`),
      base !== undefined && typeof figures.baseline === "string" &&
        bars([[report.members ? "networks" : "network", figures.accuracy!], [`always ${label(figures.baseline, 12)}`, base]])));
}

function quantityFigures(report: Report, figures: Figures): HTMLElement {
  const constant = figures.baseline as Figures | null;
  const rows = report.measured_on === "given" ? many(figures.rows, "row") : many(figures.rows, `${report.measured_on} row`);
  return h("div", { class: "outcome" },
    figure(report, number(figures.r2 ?? "NaN")),
    h("div", { class: "against" },
      h("p", {}, `on ${rows}${warning(report)}.`),
      findings(report),
      h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, h("td", {}), ["R²", "RMSE", "MAE"].map((name) => h("th", { scope: "col", class: "figure" }, name)))),
        h("tbody", {}, compared(report, figures, constant)))));
}

/** The figures of the network, and below them those of always predicting the mean. */
function compared(report: Report, figures: Figures, constant: Figures | null): HTMLElement[] {
  const of = figures.constant_from === "training" ? " of training" : "";
  const both: [string, Figures][] = [[report.members ? "networks" : "network", figures]];
  if (constant) both.push([`always the mean${of}`, constant]);
  const values = [both.map(([, one]) => one.r2), both.map(([, one]) => one.rmse), both.map(([, one]) => one.mae)];
  const texts = values.map((column, place) => aligned(column.map(place ? quantity : (value) => ratio(value, figures.decimals))));
  return both.map(([name], row) => h("tr", {}, h("th", { scope: "row" }, name), values.map((column, place) => {
    const value: JsonNumber | null | undefined = column[row];
    return h("td", { class: "figure mono", title: value == null ? null : exact(number(value)) }, texts[place]![row]!);
  })));
}

function figure(report: Report, value: number): HTMLElement {
  const { figure: text, name, interval } = report.told;
  return h("div", {},
    h("p", { class: "big" }, h("strong", { class: "mono", title: exact(value) }, text), ` ${name}`),
    interval && h("p", { class: "quiet interval", title: "Wilson’s interval: where the accuracy on all such rows may lie" }, interval));
}

/** Columns that may give the target away. */
function findings(report: Report): HTMLElement[] {
  return report.findings.map((one) => h("p", { class: "finding" }, one.sentence));
}

/** A warning: figures of the training rows say little about other rows. */
function warning(report: Report): string {
  return report.measured_on === "training" ? ", which the network was trained on" : "";
}

/** Two shares as bars. */
function bars(values: [string, number][]): HTMLElement {
  return h("div", { class: "bars", "aria-hidden": "true" }, values.map(([name, value], place) => {
    const bar = h("span", { class: place ? "bar constant" : "bar" });
    bar.style.width = `${value * 100}%`;
    return h("div", {}, h("span", { class: "quiet" }, name), h("span", { class: "track" }, bar));
  }));
}
