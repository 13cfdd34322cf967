// The parts of the page around the charts: what is trained, how far it is, the runs, the layers.

import { aligned, count, exact, shown } from "../numbers";
import { number } from "../payload";
import { duration, many, percent } from "../report/words";
import type { Child, Tree } from "../tree";
import { h } from "../tree";
import type { Command, LayerVitals, Resume } from "./payload";
import { plain } from "./plots";
import type { Run } from "./run";
import { valueOf } from "./run";
import type { Store } from "./store";

const ENDED: Record<string, string> = {
  "epochs": "ended: all epochs are done",
  "stopped improving": "ended: it stopped improving",
  "callback": "ended by hand",
  "interrupted": "interrupted",
  "not finite": "ended: a number was not finite",
  "converged": "ended: converged",
  "evaluations": "ended: all evaluations of the loss are used up",
  "no descent": "ended: no step descends any further",
  "error": "ended by an error",
};

export function head(store: Store, run: Run): Tree {
  const { head: known, last } = run;
  const facts = known ? [known.network, known.optimizer, known.steps ? `${many(known.rows, "row")}, batches of ${count(known.batch_size)}` : many(known.rows, "row"), many(known.parameters, "parameter")] : [];
  const best = run.best();
  return h("header", {},
    h("p", { class: "facts quiet" }, h("span", {}, "live training"), facts.map((fact) => h("span", {}, fact))),
    h("h1", {}, [known?.model, run.name].filter(Boolean).join(": ")),
    h("div", { class: "outcome" },
      h("p", { class: "big" }, h("strong", { class: "mono" }, count(last?.epoch ?? 0)), known ? ` of ${many(known.epochs, known.steps ? "epoch" : "iteration")}` : ""),
      h("div", { class: "against" },
        h("p", { class: "state" }, h("strong", {}, stateOf(store, run)), h("span", { class: "quiet" }, pace(store, run))),
        last && h("p", {}, values(run)),
        best && h("p", {}, `Best: ${known?.steps ? "epoch" : "iteration"} ${count(best.epoch)}, ${best.by === "loss" ? "training loss" : plain(best.by)} `,
          h("span", { class: "mono", title: exact(best.value) }, shown(best.value)), best.kept ? "; its weights are kept." : "."))));
}

/** What a run does, in a word or two. */
export function stateOf(store: Store, run: Run): string {
  if (run.end) return ENDED[run.end.reason] ?? run.end.reason;
  const state = run.state(store.now);
  if (state === "paused") return "paused";
  if (store.isAlone) return "no answer";
  return state === "silent" ? `no news for ${duration(store.now - run.heard)}` : "running";
}

function pace(store: Store, run: Run): string {
  const state = run.state(store.now);
  if (state === "silent" || (store.isAlone && state !== "ended")) return ". It may have been killed; this page goes on if the training does.";
  const parts: string[] = [];
  const [left, speed] = [run.left(), run.speed()];
  if (state === "running" && Number.isFinite(left)) parts.push(`${run.head?.stops ? "at most " : ""}${duration(left)} left`);
  if (Number.isFinite(speed)) parts.push(`${count(Number(speed.toPrecision(3)))} rows a second`);
  return parts.length ? `, ${parts.join(", ")}` : "";
}

function values(run: Run): Child[] {
  const last = run.last!;
  const told: [string, number][] = [["training loss", number(last.loss)], ...Object.keys(last.metrics).map((name) => [plain(name), valueOf(last, name)] as [string, number])];
  return told.map(([name, value], place) => h("span", {}, `${place ? ", " : "Now: "}${name} `, h("span", { class: "mono", title: exact(value) }, shown(value))));
}

/** What the checks of health found: so far, or at the end. */
export function findings(run: Run): Child {
  const found = run.end ? run.end.findings : run.health?.findings;
  if (!found || (!run.end && !found.length)) return null;
  if (!found.length) return h("p", { class: "quiet healthy" }, "Nothing looks wrong with this training.");
  return h("section", { "aria-labelledby": "findings-title" },
    h("h2", { id: "findings-title" }, run.end ? "What looks wrong" : `What looks wrong, seen after epoch ${count(run.health!.after)}`),
    h("ul", { class: "findings" }, found.map((one) => h("li", { class: "finding" },
      h("p", {}, h("strong", {}, `${one.check}${one.where ? `, ${one.where}` : ""}`), `: ${one.what}.`),
      h("p", {}, `Try: ${one.advice}`),
      h("p", { class: "quiet small" }, `Norm: ${one.norm} (${one.source}).`)))));
}

/** All runs, to choose the one that is looked at. */
export function runsTable(store: Store, chosen: Run): Tree | null {
  if (store.runs.length < 2) return null;
  const rows = store.runs.map((run) => {
    const best = run.best();
    return { run, loss: shown(number(run.last?.loss)), best: best ? shown(best.value) : "–", at: best ? count(best.epoch) : "–",
      by: best?.by === "loss" ? "training loss" : plain(best?.by ?? "") };
  });
  const [losses, bests] = [aligned(rows.map((one) => one.loss)), aligned(rows.map((one) => one.best))];
  return h("section", { "aria-labelledby": "runs-title" },
    h("h2", { id: "runs-title" }, many(rows.length, "run")),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "runs" }, h("table", { class: "plain runs" },
      h("thead", {}, h("tr", {}, ["run", "state"].map((name) => h("th", { scope: "col" }, name)),
        ["epoch", "of", "training loss", "best", "at epoch"].map((name) => h("th", { scope: "col", class: "figure" }, name)), h("th", { scope: "col" }, "best by"))),
      h("tbody", {}, rows.map((one, place) => h("tr", { class: one.run === chosen && "chosen" },
        h("th", { scope: "row" }, h("button", { type: "button", class: "link", "data-key": `run-${one.run.file}`, "aria-pressed": one.run === chosen ? "true" : "false",
          click: () => store.choose(one.run.file) }, one.run.name)),
        h("td", {}, stateOf(store, one.run)),
        [count(one.run.last?.epoch ?? 0), count(one.run.head?.epochs ?? 0), losses[place]!, bests[place]!, one.at].map((text) => h("td", { class: "figure mono" }, text)),
        h("td", { class: "quiet" }, one.by)))))));
}

const COLUMNS: [keyof LayerVitals, string, (value: number) => string][] = [
  ["gradient", "‖gradient‖", (value) => shown(value)],
  ["ratio", "‖update‖ / ‖weights‖", (value) => shown(value)],
  ["dead", "dead", percent],
  ["dormant", "dormant", percent],
  ["saturated", "saturated", percent],
  ["mean", "mean output", (value) => shown(value)],
  ["sd", "sd of outputs", (value) => shown(value)],
];

/** The health of each layer, as it was measured last before the cursor. */
export function layersTable(run: Run, epoch: number): Tree | null {
  const measured = run.at(epoch, (one) => one.vitals !== undefined);
  const layers = measured?.vitals?.layers;
  if (!layers) return null;
  const shownColumns = COLUMNS.filter(([name]) => layers.some((one) => one[name] !== undefined));
  const texts = shownColumns.map(([name, , format]) => aligned(layers.map((one) => (one[name] === undefined ? "" : format(number(one[name]))))));
  return h("section", { "aria-labelledby": "layers-title" },
    h("h2", { id: "layers-title" }, "Each layer"),
    h("p", {}, `After epoch ${count(measured.epoch)}, of one step on ${many(measured.vitals!.rows, "training row")} without dropout. Dead: output and slope are 0 in 99 % of the rows. Dormant: the mean size of the output is at most 2.5 % of the layer’s.`),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "layers" }, h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "layer"), h("th", { scope: "col" }, "kind"), h("th", { scope: "col", class: "figure" }, "units"),
        shownColumns.map(([, name]) => h("th", { scope: "col", class: "figure" }, name)))),
      h("tbody", {}, layers.map((layer, row) => h("tr", {},
        h("th", { scope: "row" }, layer.path), h("td", {}, layer.kind), h("td", { class: "figure mono" }, count(layer.units)),
        texts.map((column) => h("td", { class: "figure mono" }, column[row]!))))))));
}

/** What was asked of the run, and when it went on. */
export function log(store: Store, run: Run): Tree | null {
  if (!run.notes.length) return null;
  return h("section", { "aria-labelledby": "log-title" },
    h("h2", { id: "log-title" }, "What was done"),
    h("ul", { class: "log" }, run.notes.map((note) => h("li", {},
      h("span", { class: "quiet mono" }, clock(note.time)), " ", note.kind === "resume" ? resumption(note) : doing(store, note)))));
}

function resumption(note: Resume): string {
  const lost = note.lost.length
    ? ` The learning rate that was changed after epoch ${note.lost.map(count).join(", ")} is not part of it: the checkpoint is from before.`
    : "";
  return `Went on from a checkpoint of epoch ${count(note.epochs)}.${lost}`;
}

function doing(store: Store, note: Command): Child {
  const after = `after epoch ${count(note.after)}`;
  if (note.refused) return `${after}: not done. ${note.refused}`;
  if (note.do === "step") return [`${after}: `, opened(store, note)];
  const words: Record<string, string> = { "pause": "paused", "go on": "went on", "stop": "stopped, and kept what was reached" };
  if (note.do === "rate") return `${after}: learning rate ${shown(note.rate ?? NaN)}, ${shown(note.factor ?? NaN)} times that of the schedule`;
  return `${after}: ${words[note.do] ?? note.do}`;
}

/** A link to the page of an opened step, where that is served. */
export function opened(store: Store, note: Command): Child {
  const name = `step ${count(note.step ?? 0)}`;
  if (!store.served || !/^[0-9a-f]{16}$/.test(note.key ?? "")) return `opened ${name}`;
  return h("a", { href: `step/${note.key}`, target: "_blank", rel: "noopener" }, `opened ${name}`);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

