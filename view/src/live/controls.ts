// The buttons: they ask the training, which does it between two epochs.

import { shown, typed } from "../numbers";
import { number } from "../payload";
import type { Tree } from "../tree";
import { h } from "../tree";
import { ask } from "./feed";
import { opened } from "./panels";
import type { Command } from "./payload";
import type { Run } from "./run";
import type { Store } from "./store";

export function controls(store: Store, run: Run): Tree | null {
  if (!store.served) {
    return run.end ? null : h("p", { class: "quiet small unserved" },
      "This page follows the training’s files. To pause, to open a step or to change the learning rate, let the training serve it.");
  }
  if (run.end) return null;
  const state = run.state(store.now);
  const running = store.runs.filter((one) => !one.end);
  const send = (command: Record<string, unknown>) => ask(store, { run: run.file, ...command });
  const button = (name: string, command: Record<string, unknown>, more: Record<string, string> = {}) =>
    h("button", { type: "button", "data-key": name, disabled: store.isAlone, click: () => send(command), ...more }, name);
  const change = () => {
    const field = document.querySelector<HTMLInputElement>("#rate")!;
    const rate = typed(field.value);
    if (rate === undefined || !(rate > 0 && rate < Infinity)) {
      store.said = "A learning rate is a number above 0.";
      store.changed();
    } else void send({ do: "rate", rate });
  };
  const last = run.notes.filter((one): one is Command => one.kind === "command" && one.do === "step" && !one.refused).at(-1);
  return h("div", { class: "controls" },
    h("div", { class: "buttons" },
      state === "paused" ? button("go on", { do: "go on" }) : button("pause", { do: "pause" }),
      run.head?.steps && button("open the next step", { do: "step" }),
      run.head?.steps && h("span", { class: "rate" },
        h("label", { for: "rate" }, "η"),
        h("input", { id: "rate", type: "text", inputmode: "decimal", autocomplete: "off", size: 8, "data-key": "rate", placeholder: shown(number(run.last?.rate)),
          keydown: (event: KeyboardEvent) => event.key === "Enter" && change() }),
        h("button", { type: "button", "data-key": "change", disabled: store.isAlone, click: change }, "change")),
      button("stop and keep", { do: "stop" }),
      running.length > 1 && button("stop all", { do: "stop", run: "" }),
      running.length > 1 && (state === "paused" ? button("all go on", { do: "go on", run: "" }) : button("pause all", { do: "pause", run: "" }))),
    h("p", { class: "said small", role: "status" }, store.said, last && [store.said ? " " : "", "Last ", opened(store, last), `, after epoch ${last.after}.`]));
}
