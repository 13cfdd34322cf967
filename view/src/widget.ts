// A notebook's widget as a host: what is looked at is shared with Python. The view lives in a shadow
// root, so that neither's style reaches the other.

import type { App } from "./app";
import { h } from "./dom";
import { lookAt } from "./hash";
import { mount } from "./mount";
import type { Payload } from "./payload";
import { address } from "./step";

/** What is shared: the step, the address of the number looked at, the row. */
interface State {
  _payload: Payload;
  _style: string;
  selection: string;
  row: number;
}

/** As much of the widget's model as is used; see anywidget.dev/en/afm. */
interface Model {
  get<K extends keyof State>(name: K): State[K];
  set<K extends keyof State>(name: K, value: State[K]): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
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
  let listening = new AbortController();
  const selected = () => address(app.focus.quantity.path, app.focus.index);
  const tell = () => {
    model.set("selection", selected());
    model.set("row", app.row);
    model.save_changes();
  };
  const select = () => {
    const text = model.get("selection");
    if (text && text !== selected()) lookAt(app, text);
  };
  const choose = () => {
    if (model.get("row") !== app.row) app.chooseRow(model.get("row"));
  };
  const show = () => {
    listening.abort();
    listening = new AbortController();
    const text = model.get("selection");
    app = mount(inside, { payload: model.get("_payload"), signal: listening.signal });
    choose();
    if (text) lookAt(app, text);
    else app.go(app.moment);
    app.listen(tell);
    tell();
  };
  const heard: [string, () => void][] = [
    ["change:_payload", show],
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
