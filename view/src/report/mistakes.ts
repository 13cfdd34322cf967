// The rows with the largest loss. The worst of them open their training step.

import { h } from "../dom";
import type { Report } from "./payload";
import { rowName } from "./payload";
import type { OpenStep } from "./rows";
import { rowsView } from "./rows";
import { many } from "./words";

/** How many rows that were predicted correctly are listed, if mistakes are few: the least certain ones. */
const LEAST_SURE = 6;

export function mistakes(report: Report, open: OpenStep): HTMLElement | null {
  if (!report.mistakes.length) return null;
  const { wrong, right } = byOutcome(report);
  const title = report.confusion ? "Worst mistakes" : "Largest errors";
  const steps = Object.keys(report.steps).length;
  return h("section", { id: "mistakes", "aria-labelledby": "mistakes-title" },
    h("h2", { id: "mistakes-title" }, title),
    h("p", {}, lead(report, wrong.length), steps > 0 && opening(report, steps)),
    wrong.length > 0 && rowsView(report, wrong, title, open),
    right.length > 0 && [
      h("h3", {}, "Correct, but least certain"),
      rowsView(report, right, "Correct, but least certain", open),
    ],
    command(report));
}

/** The listed rows, by whether they were predicted correctly. */
function byOutcome(report: Report): { wrong: number[]; right: number[] } {
  const isRight = (one: number) => {
    const row = report.rows.by_number[one];
    return report.confusion !== null && row !== undefined && row.target === row.prediction;
  };
  return {
    wrong: report.mistakes.filter((one) => !isRight(one)),
    right: report.mistakes.filter(isRight).slice(0, LEAST_SURE),
  };
}

export function lead(report: Report, wrong: number): string {
  if (!report.confusion) return `The ${many(wrong, "row")} with the largest loss. `;
  if (!wrong) return "No row was predicted incorrectly. ";
  const all = report.confusion.cells.filter((cell) => cell.true !== cell.predicted)
    .reduce((sum, cell) => sum + cell.count, 0);
  if (wrong === all) return all === 1 ? "The only row predicted incorrectly. " : `All ${many(all, "row")} predicted incorrectly. `;
  return `The ${many(wrong, "row")} predicted incorrectly with the largest loss. `;
}

function opening(report: Report, steps: number): string {
  const [who, on, marked] = steps === 1
    ? ["One row opens", "it", "Its number is underlined."]
    : [`${steps} rows open`, "them", "Their numbers are underlined."];
  const words = `${who} the training step that ${report.members ? "network 0" : "the network"} would take on ${on}.`;
  return report.rows.image ? words : `${words} ${marked}`;
}

function command(report: Report): HTMLElement | null {
  if (!report.command || !report.mistakes.length) return null;
  return h("p", { class: "quiet small" }, "The training step of any row, in the shell: ",
    h("code", { class: "mono" }, `${report.command} --row ${report.mistakes[0]}`),
    ` (${rowName(report.mistakes[0]!)}).`);
}
