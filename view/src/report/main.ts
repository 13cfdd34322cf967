// Puts the report together in its page. A training step takes the place of the report while it is open.

import { h } from "../dom";
import { mount } from "../mount";
import { about } from "./about";
import { confusion } from "./confusion";
import { curves } from "./curves";
import { head } from "./head";
import { members } from "./members";
import { mistakes } from "./mistakes";
import type { Report } from "./payload";
import { rowName } from "./payload";
import { calibration, importance } from "./reliance";
import { residuals } from "./residuals";

const STEP = /^#step-(\d+)$/;

/** Show a report in an element. */
function mountReport(element: HTMLElement, report: Report): void {
  const stage = h("div", { class: "step", hidden: true });
  const page = h("main", { class: "report" });
  let view: AbortController | null = null;
  let left = 0;

  const close = () => {
    view?.abort();
    view = null;
    stage.replaceChildren();
    stage.hidden = true;
    page.hidden = false;
  };
  const show = (row: string) => {
    const payload = report.steps[row];
    if (!payload) return;
    close();
    const opened = h("div", { class: "opened", tabindex: -1 });
    const back = h("a", { class: "link", href: "#mistakes" }, "← the report");
    stage.replaceChildren(h("nav", { class: "back" }, back, h("span", { class: "quiet" }, rowName(row))), opened);
    page.hidden = true;
    stage.hidden = false;
    view = new AbortController();
    mount(opened, { payload, signal: view.signal });
    window.scrollTo(0, 0);
    opened.focus({ preventScroll: true });
  };
  const follow = () => {
    const row = STEP.exec(location.hash)?.[1];
    if (row !== undefined && report.steps[row]) {
      left = window.scrollY;
      show(row);
    } else if (!stage.hidden) {
      const from = view && stage.querySelector(".back .quiet")?.textContent;
      close();
      window.scrollTo(0, left);
      const number = from?.replace(/\D/g, "");
      (page.querySelector(`#mistakes [data-step="${number}"]`) as HTMLElement | null)?.focus();
    }
  };
  const open = (row: number) => {
    location.hash = `step-${row}`;
  };

  const sections = [head(report), nav(report), members(report) ?? curves(report), confusion(report, open),
    residuals(report, open), calibration(report), importance(report), mistakes(report, open), about(report)];
  page.append(...sections.filter((section) => section !== null),
    h("footer", { class: "quiet small" },
      h("p", {}, `Numbers have four significant digits; point at one to see all its digits. ${report.made_by}`)));
  element.replaceChildren(page, stage);
  window.addEventListener("hashchange", follow);
  follow();
}

function nav(report: Report): HTMLElement {
  const places: [string, string][] = [
    ...(report.curves.at.length || report.members ? [["training", "how training went"] as [string, string]] : []),
    report.confusion ? ["confusion", "which classes were confused"] : ["residuals", "predicted against true"],
    ...(report.calibration ? [["calibration", "whether probabilities hold"] as [string, string]] : []),
    ...(report.importance ? [["importance", "which columns matter"] as [string, string]] : []),
    ["mistakes", report.confusion ? "worst mistakes" : "largest errors"],
    ["about", "data and settings"],
  ];
  return h("nav", { class: "contents", "aria-label": "parts of the report" },
    places.map(([id, name]) => h("a", { href: `#${id}` }, name)));
}

function start(): void {
  const element = document.getElementById("clearprop");
  const data = document.getElementById("clearprop-data");
  if (element && data) mountReport(element, JSON.parse(data.textContent ?? "") as Report);
}

start();
