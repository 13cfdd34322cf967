// The data, the settings and the versions of the training.

import { h } from "../dom";
import { count, shown } from "../numbers";
import type { Report, ReportSetting } from "./payload";
import { duration, many } from "./words";

export function about(report: Report): HTMLElement {
  const { data, settings } = report;
  const chosen = settings.filter((one) => !one.usual);
  const usual = settings.filter((one) => one.usual);
  const facts: [string, string][] = [
    ["rows", Object.entries(data.rows).map(([name, rows]) => `${count(rows)} ${name}`).join(", ") || "not recorded"],
    ["columns", `${many(data.columns, "column")}, ${many(data.inputs, "input")}`],
    ["network", `${report.title.network}: ${many(report.title.parameters, "parameter")}`],
    ["optimizer", report.title.optimizer],
    ["loss", report.title.loss],
    ["seed", report.seed === null ? "not a number" : String(report.seed)],
    ["time", report.seconds === null ? "not recorded" : duration(report.seconds)],
    ["versions", Object.entries(report.versions).map(([name, version]) => `${name} ${version}`).join(", ")],
  ];
  const sentences = [...data.preparation, ...report.notes];
  return h("section", { id: "about", "aria-labelledby": "about-title" },
    h("h2", { id: "about-title" }, "Data and settings"),
    h("dl", { class: "facts-list" }, facts.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])),
    sentences.length > 0 && h("ul", { class: "sentences" }, sentences.map((sentence) => h("li", {}, sentence))),
    h("h3", {}, chosen.length ? "Settings that differ from the defaults" : "All settings are the defaults"),
    chosen.length > 0 && list(chosen),
    h("details", {}, h("summary", {}, `${many(usual.length, "setting")} at ${usual.length === 1 ? "its default" : "their defaults"}`), list(usual)));
}

function list(settings: ReportSetting[]): HTMLElement {
  return h("dl", { class: "settings" }, settings.map(({ name, value }) => [
    h("dt", {}, name),
    h("dd", { class: "mono" }, valueText(value)),
  ]));
}

function valueText(value: ReportSetting["value"]): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? shown(value, 12) : value;
}
