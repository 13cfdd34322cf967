// The rows with the largest loss, the worst of which open their training step.

import { h } from "../dom";
import type { Report } from "./payload";
import { rowName } from "./payload";
import type { Open } from "./rows";
import { rowsView } from "./rows";
import { many } from "./words";

export function mistakes(report: Report, open: Open): HTMLElement | null {
  if (!report.mistakes.length) return null;
  const wrong = report.mistakes.filter((one) => {
    const row = report.rows.by_number[one];
    return row && row.target !== row.prediction;
  }).length;
  const steps = Object.keys(report.steps).length;
  const title = report.confusion ? "Worst mistakes" : "Largest errors";
  return h("section", { id: "mistakes", "aria-labelledby": "mistakes-title" },
    h("h2", { id: "mistakes-title" }, title),
    h("p", {},
      `The ${many(report.mistakes.length, "row")} with the largest loss`,
      report.confusion && wrong < report.mistakes.length && `, ${wrong ? `${wrong} of them` : "none of them"} predicted wrong`,
      ". ",
      steps > 0 && `The first ${steps === 1 ? "one opens its" : `${steps} open their`} training step${report.rows.image ? "" : " by number"}: how the network would learn from it, every number.`),
    rowsView(report, report.mistakes, title, open),
    command(report));
}

function command(report: Report): HTMLElement | null {
  if (!report.command || !report.mistakes.length) return null;
  return h("p", { class: "quiet small" }, "Any row’s step in the shell: ",
    h("code", { class: "mono" }, `${report.command} --row ${report.mistakes[0]}`),
    ` (${rowName(report.mistakes[0]!)}).`);
}
