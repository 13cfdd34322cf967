// The form for a table of the reader's own.

import { h } from "../dom";
import { h as describe, refill } from "../tree";
import { knobsFor } from "./knobs";
import type { Lab } from "./lab";
import type { Cells } from "./table";
import { cellsOf, dataSetOf, mixed } from "./table";

/** Larger files are refused before they are read. */
const MOST_BYTES = 5_000_000;

/** The link in the bar, and the form that it opens. */
export function ownTable(lab: Lab): { link: HTMLElement; form: HTMLElement } {
  const said = h("p", { role: "status" });
  const pick = h("span", {});
  let cells: Cells | null = null;
  let name = "your table";
  const field = h("textarea", { rows: 4, "aria-label": "a table, pasted", placeholder: "x1,x2,class\n0.1,0.7,a\n…" });
  const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", "aria-label": "a file of your machine" });
  const tell = (text: string) => void (said.textContent = text);
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
  };
  const take = (text: string) => attempt(() => {
    cells = mixed(cellsOf(text));
    const { names } = cells;
    refill(pick, describe("label", {}, "learn the column ", describe("select", { "data-key": "own target", change: (event: Event) =>
      use(Number((event.target as HTMLSelectElement).value)) }, names.map((one, at) => describe("option", { value: at, selected: at === names.length - 1 }, one)))));
    use(names.length - 1);
  });
  const use = (target: number) => attempt(() => {
    const data = dataSetOf(cells!, target, name);
    lab.payload.datasets = [...lab.payload.datasets.filter((one) => one.name !== name), data];
    lab.playing = false;
    lab.turn(knobsFor(lab.knobs, data));
    tell(data.about);
  });
  field.addEventListener("input", () => {
    if (!field.value.trim()) return;
    name = "your table";
    take(field.value);
  });
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    if (chosen.size > MOST_BYTES) tell(`${chosen.name} has more than 5 MB: clearprop learn takes larger files.`);
    else {
      name = chosen.name;
      take(await chosen.text());
    }
  });
  const form = h("section", { class: "own", hidden: true, "aria-label": "your own table" },
    h("p", { class: "small" }, "Paste it, or choose a file. It is read here, in this page, and nowhere sent: the page cannot make a request."),
    field, h("p", { class: "knob-row" }, file, pick), said);
  const link = h("button", { type: "button", class: "link", "aria-expanded": "false", click: () => {
    form.hidden = !form.hidden;
    link.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) field.focus();
  } }, "your own table");
  return { link, form };
}
