// A notebook's widget as a host: what is looked at is shared with Python. The view lives in a shadow
// root, so that neither's style reaches the other.

import type { App } from "./app";
import { h } from "./dom";
import { lookAt } from "./hash";
import { mount } from "./mount";
import type { Payload } from "./payload";
import { address } from "./step";

/** What is shared: the step and how many there were, the address of the number looked at, the row. */
interface SharedState {
  _payload: Payload;
  _steps: number;
  _style: string;
  selection: string;
  row: number;
}

/** As much of the widget's model as is used; see anywidget.dev/en/afm. */
interface WidgetModel {
  get<K extends keyof SharedState>(name: K): SharedState[K];
  set<K extends keyof SharedState>(name: K, value: SharedState[K]): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  // JupyterLab looks for this attribute before it takes a key for one of its shortcuts.
  const outside = h("div", { "data-lm-suppress-shortcuts": "true" });
  const inside = h("div", { class: "clearprop" });
  const shadow = outside.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(model.get("_style"));
  shadow.adoptedStyleSheets = [style];
  shadow.append(inside);
  el.replaceChildren(outside);

  let app: App;
  let steps: number;
  let listening = new AbortController();
  let isFollowing = false;
  const selected = () => address(app.focus.quantity.path, app.focus.index);
  const tell = () => {
    if (isFollowing) return;
    model.set("selection", selected());
    model.set("row", app.row);
    model.save_changes();
  };
  /** Do as the model says, and tell where that led only then: a way station told is taken for an answer. */
  const follow = (move: () => void) => {
    // Of another step only when that one is shown.
    if (isFollowing || model.get("_steps") !== steps) return;
    isFollowing = true;
    move();
    isFollowing = false;
    tell();
  };
  const select = () => {
    const text = model.get("selection");
    if (text && text !== selected()) follow(() => lookAt(app, text));
  };
  const choose = () => {
    const row = model.get("row");
    if (row !== app.row) follow(() => app.chooseRow(row));
  };
  const show = () => {
    listening.abort();
    listening = new AbortController();
    steps = model.get("_steps");
    app = mount(inside, { payload: model.get("_payload"), signal: listening.signal });
    follow(() => {
      app.chooseRow(model.get("row"));
      if (model.get("selection")) lookAt(app, model.get("selection"));
      else app.go(app.moment);
    });
    app.listen(tell);
  };
  const heard: [string, () => void][] = [
    ["change:_steps", show],
    ["change:selection", select],
    ["change:row", choose],
  ];
  show();
  for (const [event, listener] of heard) model.on(event, listener);
  return () => {
    listening.abort();
    for (const [event, listener] of heard) model.off(event, listener);
  };
}

export default { render };
