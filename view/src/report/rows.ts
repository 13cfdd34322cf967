// Rows as people look at them: pictures as cards, others as lines of a table.

import { h } from "../dom";
import { exact, shown } from "../numbers";
import { number } from "../payload";
import { image } from "./image";
import type { Num, Report, Row } from "./payload";
import { rowName } from "./payload";
import { label, quantity, ratio } from "./words";

const MOST_COLUMNS = 60;
const LIKELY = 3;

/** Where a step can be opened from. */
export type Open = (row: number) => void;

/** The rows with these numbers, as cards or as a table; those that the page knows. */
export function rowsView(report: Report, numbers: number[], caption: string, open: Open): HTMLElement {
  const known = numbers.filter((one) => report.rows.by_number[one]);
  return report.rows.image ? cards(report, known, open) : table(report, known, caption, open);
}

function cards(report: Report, numbers: number[], open: Open): HTMLElement {
  return h("ul", { class: "cards" }, numbers.map((one) => h("li", {}, card(report, one, open))));
}

function card(report: Report, one: number, open: Open): HTMLElement[] {
  const row = report.rows.by_number[one]!;
  const words = verdict(report, row);
  return [
    image(String(row.inputs), report.rows.image!, 80, `${rowName(one)}, a picture of ${row.target}`),
    h("div", {},
      h("p", {}, h("strong", {}, words)),
      h("p", { class: "quiet" }, `${rowName(one)}, loss ${shown(number(row.loss))}`),
      likely(report, row),
      report.steps[one] && opener(one, open)),
  ];
}

/** The most probable classes, and the true one where it is not among them. */
function likely(report: Report, row: Row): HTMLElement | null {
  const { probabilities } = row;
  if (!probabilities || !report.confusion) return null;
  const names = report.confusion.names;
  const order = probabilities.map((_, place) => place)
    .sort((a, b) => number(probabilities[b]) - number(probabilities[a]));
  const chosen = order.slice(0, Math.min(LIKELY, order.length));
  const truth = names.indexOf(String(row.target));
  if (truth >= 0 && truth < order.length && !chosen.includes(truth)) chosen[chosen.length - 1] = truth;
  return h("ul", { class: "likely" }, chosen.map((place) => {
    const part = number(probabilities[place]);
    const bar = h("span", { class: place === truth ? "bar right-class" : "bar" });
    bar.style.width = `${Math.max(0, Math.min(1, part)) * 48}px`;
    return h("li", { title: `${names[place]}: ${exact(part)}` },
      h("span", { class: place === truth ? "name true" : "name" }, label(names[place]!, 14)),
      h("span", { class: "bar-box", "aria-hidden": "true" }, bar),
      h("span", { class: "mono" }, ratio(part)));
  }));
}

function table(report: Report, numbers: number[], caption: string, open: Open): HTMLElement {
  const { columns } = report.rows;
  const some = columns.slice(0, MOST_COLUMNS);
  const classes = report.confusion !== null;
  const steps = numbers.some((one) => report.steps[one]);
  const unit = classes ? ["true", "predicted", "p(predicted)", "p(true)"] : ["true", "predicted", "residual"];
  const heads = ["row", ...unit, "loss"];
  return h("div", { class: "box scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", { class: "rows-table" },
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {},
        heads.map((name, place) => h("th", { scope: "col", class: place && !(classes && place < 3) ? "figure" : null }, name)),
        steps && h("th", { scope: "col" }, "step"),
        some.map((name) => h("th", { scope: "col", class: "input", title: name }, label(name))))),
      h("tbody", {}, numbers.map((one) => {
        const row = report.rows.by_number[one]!;
        return h("tr", {},
          h("th", { scope: "row", class: "mono" }, String(one)),
          told(report, row),
          figure(row.loss),
          steps && h("td", {}, report.steps[one] && opener(one, open)),
          some.map((_, place) => value((row.inputs as (Num | string | null)[])[place])));
      }))),
    columns.length > some.length &&
      h("p", { class: "quiet" }, `the first ${some.length} of ${columns.length} columns`));
}

function told(report: Report, row: Row): HTMLElement[] {
  if (!report.confusion || !row.probabilities) {
    const residual = number(row.prediction as Num) - number(row.target as Num);
    return [
      figure(row.target as Num),
      figure(row.prediction as Num),
      h("td", { class: `figure mono ${residual < 0 ? "minus" : "plus"}`, title: exact(residual) },
        (residual > 0 ? "+" : "") + quantity(residual)),
    ];
  }
  const names = report.confusion.names;
  const of = (name: string | Num) => row.probabilities![names.indexOf(String(name))];
  const isRight = row.target === row.prediction;
  return [
    h("td", {}, h("strong", {}, label(String(row.target)))),
    h("td", { class: isRight ? "quiet" : "minus" }, isRight ? "right" : label(String(row.prediction))),
    probability(of(row.prediction)),
    probability(of(row.target)),
  ];
}

function probability(value: Num | undefined): HTMLElement {
  return h("td", { class: "figure mono", title: value === undefined ? null : exact(number(value)) }, ratio(value));
}

function figure(value: Num): HTMLElement {
  return h("td", { class: "figure mono", title: exact(number(value)) }, quantity(value));
}

function value(found: Num | string | null | undefined): HTMLElement {
  if (found === null || found === undefined) return h("td", { class: "quiet" }, "missing");
  if (typeof found === "number") {
    return h("td", { class: "figure mono input", title: exact(found) }, shown(found));
  }
  return h("td", { class: "input", title: found }, label(found, 32));
}

/** What was taken for what. */
export function verdict(report: Report, row: Row): string {
  if (!report.confusion) {
    return `${quantity(row.target as Num)} predicted as ${quantity(row.prediction as Num)}`;
  }
  return row.target === row.prediction
    ? `${label(String(row.target))}, but not sure`
    : `${label(String(row.target))} taken for ${label(String(row.prediction))}`;
}

function opener(row: number, open: Open): HTMLElement {
  return h("button", {
    type: "button", class: "link", "data-step": row, "aria-label": `open the training step of ${rowName(row)}`,
    click: () => open(row),
  }, "open its step");
}
