// The quantities that a lens shows: one on the units of a column, one on the lines between two columns.

import type { App, Lens } from "./app";
import type { Quantity } from "./payload";
import { matrixOf } from "./step";

/** The quantity on the lines into a column; null if there is none, or if it is not computed yet. */
export function linesOf(app: App, column: number, lens: Lens): Quantity | null {
  const weights = matrixOf(app.step, app.step.payload.columns[column]!);
  return weights && forLens(app, weights, lens);
}

/** The quantity on the units of a column; null if there is none, or if it is not computed yet. */
export function unitsOf(app: App, column: number, lens: Lens): Quantity | null {
  if (lens === "values") return column === 0 ? found(app, "x") : latest(app, column, ".y");
  if (lens === "error signals") return column === 0 ? inputError(app) : latest(app, column, ".dy");
  // A gradient is a product of incoming values and error signals: a₁ᵀ δ₂.
  if (lens === "gradients") {
    return column === 0 ? found(app, "x") : (latest(app, column, ".dy") ?? latest(app, column, ".y"));
  }
  const bias = column === 0 ? null : vectorOf(app, column);
  return bias && forLens(app, bias, lens);
}

/** A parameter, its gradient or its change. */
function forLens(app: App, parameter: Quantity, lens: Lens): Quantity | null {
  if (lens === "gradients") {
    const [, layer, name] = /^(?:(.*)\.)?([^.]+)$/.exec(parameter.path)!;
    return found(app, `${layer ? `${layer}.` : ""}d${name}`);
  }
  return lens === "updates" ? found(app, `${parameter.path}.change`) : parameter;
}

function found(app: App, path: string): Quantity | null {
  const quantity = app.step.find(path);
  return quantity && app.isShown(quantity) ? quantity : null;
}

/** The last quantity of a column's layers that is computed by now. */
function latest(app: App, column: number, ending: string): Quantity | null {
  const { columns, quantities } = app.step.payload;
  const { layers, width } = columns[column]!;
  const isLast = column === columns.length - 1;
  const candidates = quantities.filter(
    (quantity) =>
      ((quantity.layer !== null && layers.includes(quantity.layer) &&
        quantity.path.endsWith(ending)) ||
        (isLast && quantity.path === "p" && ending === ".y")) &&
      quantity.axes[0] === "row" &&
      quantity.shape[1] === width &&
      app.isShown(quantity),
  );
  return candidates.at(-1) ?? null;
}

function inputError(app: App): Quantity | null {
  const first = app.step.payload.columns[1];
  const path = first?.layers.map((layer) => `${layer}.dx`).find((name) => app.step.find(name));
  return path ? found(app, path) : null;
}

/** The biases of a column, or another parameter with one number for each unit. */
function vectorOf(app: App, column: number): Quantity | null {
  const { layers } = app.step.payload.columns[column]!;
  for (const layer of app.step.payload.layers) {
    if (!layers.includes(layer.path)) continue;
    for (const path of layer.parameters) {
      const quantity = app.step.find(path);
      if (quantity?.shape.length === 1) return quantity;
    }
  }
  return null;
}
