// The state in the address: #dense2.dW&at=dense2.dW[3,7]&row=5&units=1.3,2.7&lens=gradients. It is written after every change and
// read when the page opens or its address changes.

import type { App, Lens } from "./app";
import { LENSES } from "./app";
import type { Host } from "./mount";
import { address } from "./step";

export function addresses(app: App, host: Host): void {
  read(app, host.address?.() ?? "");
  app.listen(() => host.setAddress?.(written(app)));
  host.onAddress?.((text) => {
    if (text !== written(app)) read(app, text);
  });
}

function written(app: App): string {
  const { quantity, index } = app.focus;
  const parts = [app.now.path, `at=${address(quantity.path, index)}`];
  if (app.step.payload.rows.length > 1) parts.push(`row=${app.row}`);
  parts.push(`units=${[...app.followed].sort(([a], [b]) => a - b).map((pair) => pair.join(".")).join(",")}`);
  if (app.chosen) parts.push(`lens=${app.chosen}`);
  return `#${parts.map(encodeURIComponent).join("&").replaceAll("%3D", "=").replaceAll("%2C", ",")}`;
}

function read(app: App, text: string): void {
  const [path, ...rest] = text.replace(/^#/, "").split("&").map(decoded);
  if (!path) return;
  const settings = new Map(rest.map((part) => part.split("=", 2) as [string, string]));
  const row = Number(settings.get("row") ?? 0);
  if (Number.isInteger(row) && row >= 0 && row < app.step.payload.rows.length) app.row = row;
  const lens = settings.get("lens") as Lens | undefined;
  app.chosen = lens && LENSES.includes(lens) ? lens : null;
  followUnits(app, settings.get("units") ?? "");
  app.goTo(path);
  openNumber(app, settings.get("at") ?? "");
}

/** Follow the units that an address names: 0.2,1.3 is unit 2 of column 0 and unit 3 of column 1. */
function followUnits(app: App, text: string): void {
  app.followed.clear();
  for (const pair of text.split(",")) {
    const [column, unit] = pair.split(".").map(Number) as [number, number];
    const width = app.step.payload.columns[column]?.width ?? 0;
    if (Number.isInteger(unit) && unit >= 0 && unit < width) app.followed.set(column, unit);
  }
}

/** Focus a number by its address, or the strongest number of a quantity by its path. */
export function focusOn(app: App, text: string): void {
  const path = text.split("[")[0]!;
  app.goTo(path);
  const quantity = app.step.find(path);
  if (quantity) openNumber(app, text === path ? address(path, app.strongest(quantity)) : text);
}

function openNumber(app: App, text: string): void {
  const cell = /^([^[\]]+)(?:\[([\d,]+)\])?$/.exec(text);
  const quantity = cell && app.step.find(cell[1]!);
  const index = cell?.[2]?.split(",").map(Number) ?? [];
  if (!quantity || index.length !== quantity.shape.length) return;
  if (index.every((at, axis) => at < quantity.shape[axis]!)) app.open(quantity, index);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // not an address that this page wrote
  }
}
