// Which class is taken for which: counts, and each as a share of its target's rows.

import { h } from "./dom";
import { count } from "./numbers";

export function confusion(
  { classes, counts }: { classes: string[]; counts: number[][] },
  list: (target: string, prediction: string) => void,
): HTMLElement[] {
  const totals = counts.map((row) => row.reduce((sum, value) => sum + value, 0));
  const right = counts.reduce((sum, row, place) => sum + row[place]!, 0);
  const all = totals.reduce((sum, value) => sum + value, 0);
  return [
    h("h2", {}, "which class is taken for which",
      h("span", { class: "quiet" }, `: ${count(right)} of ${count(all)} right; rows are targets, columns predictions`)),
    h("div", { class: "box", tabindex: "0", role: "region", "aria-label": "confusion matrix" },
      h("table", { class: "numbers confusion" },
        h("thead", {}, h("tr", {}, h("td", {}), classes.map((name) => h("th", { scope: "col", title: name }, name)),
          h("th", { scope: "col" }, "right"))),
        h("tbody", {}, counts.map((row, target) => h("tr", {},
          h("th", { scope: "row", title: classes[target]! }, classes[target]!),
          row.map((value, prediction) => cell(classes, target, prediction, value, totals[target]!, list)),
          h("td", { class: "rate" }, rate(row[target]!, totals[target]!))))))),
  ];
}

function cell(
  classes: string[], target: number, prediction: number, value: number, total: number,
  list: (target: string, prediction: string) => void,
): HTMLElement {
  const share = total ? value / total : 0;
  const sign = target === prediction ? "p" : "n";
  const step = value === 0 ? "z" : `${sign}${Math.max(1, Math.ceil(share * 7))}`;
  const title = `${classes[target]} taken for ${classes[prediction]}: ${count(value)}, ${rate(value, total)}`;
  if (target === prediction || value === 0) {
    return h("td", { class: `tint ${step}`, title }, h("span", { class: "count" }, value ? count(value) : "·"));
  }
  return h("td", { class: `tint ${step}` }, h("button", { type: "button", class: "number", title,
    click: () => list(classes[target]!, classes[prediction]!) }, count(value)));
}

function rate(value: number, total: number): string {
  return total ? `${((100 * value) / total).toFixed(1)} %` : "–";
}
