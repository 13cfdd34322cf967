// The rows with the largest loss, the worst of which open their training step.

import { h } from "../dom";
import type { Report } from "./payload";
import { rowName } from "./payload";
import type { OpenStep } from "./rows";
import { rowsView } from "./rows";
import { many } from "./words";

/** Rows that were predicted right are told where mistakes are few: those that were least sure. */
const LEAST_SURE = 6;

export function mistakes(report: Report, open: OpenStep): HTMLElement | null {
  if (!report.mistakes.length) return null;
  const { wrong, right } = parted(report);
  const title = report.confusion ? "Worst mistakes" : "Largest errors";
  const steps = Object.keys(report.steps).length;
  return h("section", { id: "mistakes", "aria-labelledby": "mistakes-title" },
    h("h2", { id: "mistakes-title" }, title),
    h("p", {}, lead(report, wrong.length), steps > 0 && opening(report, steps)),
    wrong.length > 0 && rowsView(report, wrong, title, open),
    right.length > 0 && [
      h("h3", {}, "Right, but least sure"),
      rowsView(report, right, "Right, but least sure", open),
    ],
    command(report));
}

function parted(report: Report): { wrong: number[]; right: number[] } {
  const isRight = (one: number) => {
    const row = report.rows.by_number[one];
    return report.confusion !== null && row !== undefined && row.target === row.prediction;
  };
  return {
    wrong: report.mistakes.filter((one) => !isRight(one)),
    right: report.mistakes.filter(isRight).slice(0, LEAST_SURE),
  };
}

function lead(report: Report, wrong: number): string {
  if (!report.confusion) return `The ${many(wrong, "row")} with the largest loss. `;
  if (!wrong) return "No row was predicted wrong. ";
  const all = report.confusion.cells.filter((cell) => cell.true !== cell.predicted)
    .reduce((sum, cell) => sum + cell.count, 0);
  if (wrong === all) return all === 1 ? "The one row predicted wrong. " : `All ${all} rows predicted wrong. `;
  return `The ${many(wrong, "row")} predicted wrong with the largest loss. `;
}

function opening(report: Report, steps: number): string {
  const [who, on, marked] = steps === 1
    ? ["One row opens", "it", "its number is underlined"]
    : [`${steps} rows open`, "them", "their numbers are underlined"];
  const words = `${who} the training step the network would take on ${on}`;
  return report.rows.image ? `${words}.` : `${words}: ${marked}.`;
}

function command(report: Report): HTMLElement | null {
  if (!report.command || !report.mistakes.length) return null;
  return h("p", { class: "quiet small" }, "Any row’s step in the shell: ",
    h("code", { class: "mono" }, `${report.command} --row ${report.mistakes[0]}`),
    ` (${rowName(report.mistakes[0]!)}).`);
}
