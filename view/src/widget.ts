// A notebook's widget as a host: it shares the number in focus and the row with Python. The view is in
// a shadow root, so that its style and the notebook's do not affect each other.

import type { App } from "./app";
import { h } from "./dom";
import { focusOn } from "./hash";
import { mount } from "./mount";
import type { Payload } from "./payload";
import { address } from "./step";

/** The state shared with Python: the step and a counter of steps, the address of the number in focus, the row. */
interface SharedState {
  _payload: Payload;
  _steps: number;
  _style: string;
  selection: string;
  row: number;
}

/** The part of the widget's model that the view uses; see anywidget.dev/en/afm. */
interface WidgetModel {
  get<K extends keyof SharedState>(name: K): SharedState[K];
  set<K extends keyof SharedState>(name: K, value: SharedState[K]): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  // With this attribute, JupyterLab does not take the keys typed here for its shortcuts.
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
  let view = new AbortController();
  let isFollowing = false;
  const selected = () => address(app.focus.quantity.path, app.focus.index);
  const share = () => {
    if (isFollowing) return;
    model.set("selection", selected());
    model.set("row", app.row);
    model.save_changes();
  };
  /** Follow a change of the model, and share the state only at the end: Python would take a state on the way for the result. */
  const follow = (move: () => void) => {
    // A change that belongs to another step waits until that step is shown.
    if (isFollowing || model.get("_steps") !== steps) return;
    isFollowing = true;
    move();
    isFollowing = false;
    share();
  };
  const select = () => {
    const text = model.get("selection");
    if (text && text !== selected()) follow(() => focusOn(app, text));
  };
  const choose = () => {
    const row = model.get("row");
    if (row !== app.row) follow(() => app.chooseRow(row));
  };
  const show = () => {
    view.abort();
    view = new AbortController();
    steps = model.get("_steps");
    app = mount(inside, { payload: model.get("_payload"), signal: view.signal });
    follow(() => {
      app.chooseRow(model.get("row"));
      if (model.get("selection")) focusOn(app, model.get("selection"));
      else app.go(app.moment);
    });
    app.listen(share);
  };
  const listeners: [string, () => void][] = [
    ["change:_steps", show],
    ["change:selection", select],
    ["change:row", choose],
  ];
  show();
  for (const [event, listener] of listeners) model.on(event, listener);
  return () => {
    view.abort();
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

export default { render };
