// Names of the arrays of a step as textbooks have them: W₁, z₁, a₁, δ₁, as in
// clearprop/explaining/names.py; paths where textbooks have no name.

import type { NetworkSpec } from "./engine/definitions";

export interface ArrayName {
  text: string;
  mathml: string;
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const LETTERS: Record<string, string> = { gamma: "γ", beta: "β", x_hat: "x̂", mean: "μ", variance: "v" };
const WHOLE: Record<string, string> = { x: "x", t: "t", N: "N", rate: "η", p: "p", weights: "w", E: "E", penalty: "R", length: "length", clip: "c", "state.t": "step" };

const MEANINGS: Record<string, string> = {
  x: "inputs of the network", t: "targets", weights: "weights of the rows", N: "sum of the rows' weights", rate: "learning rate", p: "prediction", o: "raw output",
  row_loss: "loss of each row", E: "loss", penalty: "L2 penalty", length: "length of the whole gradient", clip: "factor that shortens the gradient",
  B: "fixed matrix that the error goes back through in", g: "gradient as passed to the optimizer for", W: "weights of", b: "biases of", gamma: "scales of",
  beta: "shifts of", y: "output of", dy: "error signal of", dx: "gradient at the input of", mask: "dropout mask of",
  l2: "gradient of the penalty for", descended: "gradient of loss and penalty for", new: "after the step:",
  change: "change of", velocity: "velocity of", m: "running mean of the gradient of", v: "running mean square of the gradient of",
  square: "running mean square of the gradient of",
};

const SOURCES: Record<string, string> = { decay: "weight decay", gradient: "the gradient" };

export class Names {
  private readonly outputs = new Map<string, ArrayName>();
  private readonly index = new Map<string, number>();

  constructor(network: NetworkSpec, private readonly parameters: Set<string>) {
    const layers = Object.entries(network.children ?? {});
    let dense = 0;
    let waiting = false;
    layers.forEach(([path, { kind, children }], place) => {
      if (kind === "Dense") {
        dense++;
        waiting = true;
        this.index.set(path, dense);
        this.outputs.set(path, sub("z", String(dense)));
      } else if (waiting && !children && !kind.includes("Norm") && kind !== "Dropout") {
        waiting = false;
        this.outputs.set(path, sub("a", String(dense)));
      }
      if (place === layers.length - 1 && this.outputs.has(path)) this.outputs.set(path, plain("o"));
    });
  }

  of(path: string): ArrayName {
    if (WHOLE[path]) return plain(WHOLE[path]);
    if (path === "row_loss") return sub("E", "n");
    if (path.endsWith(".before")) return marked(this.of(path.slice(0, -7)), "old");
    const [layer, last] = parted(path);
    if (path.includes(".part.")) {
      const [parameter, part] = path.split(".part.") as [string, string];
      return marked(delta(this.of(parameter)), part);
    }
    if (last === "new") return marked(this.of(layer), "new");
    if (last === "change") return delta(this.of(layer));
    if (last === "descended") return partial("E + R", this.of(layer));
    if (last === "y") return this.outputs.get(layer) ?? sub("y", layer);
    if (last === "dy") {
      const dense = this.index.get(layer);
      return dense ? sub("δ", String(dense)) : partial("E", this.of(`${layer}.y`));
    }
    if (last === "dx") return partial("E", layer.includes(".") ? sub("x", layer) : plain("x"));
    if (this.parameters.has(`${layer}.${last.slice(1)}`)) return partial("E", this.held(layer, last.slice(1)));
    if (this.parameters.has(layer)) return indexed(last, this.of(layer));
    return this.held(layer, last);
  }

  meaning(path: string): string {
    const [layer, last] = parted(path);
    if (path.includes(".part.")) {
      const [parameter, part] = path.split(".part.") as [string, string];
      return `contribution of ${SOURCES[part] ?? part} to the change of ${parameter}`;
    }
    if (path.endsWith(".before")) return `${this.meaning(path.slice(0, -7))} before this step`;
    if (this.parameters.has(`${layer}.${last.slice(1)}`)) return `gradient of ${layer}.${last.slice(1)}`;
    if (last === "y" && this.index.has(layer)) return `pre-activations of ${layer}`;
    return layer ? `${MEANINGS[last] ?? `${last} of`} ${layer}` : MEANINGS[last] ?? last;
  }

  private held(layer: string, last: string): ArrayName {
    const letter = LETTERS[last] ?? last;
    const dense = this.index.get(layer);
    return sub(letter, dense ? String(dense) : layer);
  }
}

/** The path of the layer or parameter, and what it is of it. */
export function parted(path: string): [string, string] {
  const at = path.lastIndexOf(".");
  return at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 1)];
}

const letter = (text: string) => (text.length > 1 && !text.startsWith("x") ? `<mtext>${text}</mtext>` : `<mi>${text}</mi>`);
const plain = (text: string): ArrayName => ({ text, mathml: letter(text) });
const lowered = (index: string) => (/^\d+$/.test(index) ? [...index].map((one) => SUBSCRIPTS[Number(one)]).join("") : index === "n" ? "ₙ" : `.${index}`);
const sub = (stem: string, index: string): ArrayName => ({
  text: `${stem}${lowered(index)}`,
  mathml: `<msub>${letter(stem)}${/^\d+$/.test(index) ? `<mn>${index}</mn>` : letter(index)}</msub>`,
});
const indexed = (stem: string, of: ArrayName): ArrayName => ({ text: `${stem} of ${of.text}`, mathml: `<msub>${letter(stem)}${of.mathml}</msub>` });
const marked = (of: ArrayName, mark: string): ArrayName => ({
  text: `${of.text} ${mark}`,
  mathml: of.mathml.startsWith("<msub>") ? `${of.mathml.replace("<msub>", "<msubsup>").replace(/<\/msub>$/, "")}<mtext>${mark}</mtext></msubsup>`
    : `<msup>${of.mathml}<mtext>${mark}</mtext></msup>`,
});
const delta = (of: ArrayName): ArrayName => ({ text: `Δ${of.text}`, mathml: `<mrow><mo>Δ</mo>${of.mathml}</mrow>` });
const partial = (top: string, of: ArrayName): ArrayName => ({
  text: `∂${top}/∂${of.text}`,
  mathml: `<mfrac><mrow><mo>∂</mo>${letter(top)}</mrow><mrow><mo>∂</mo>${of.mathml}</mrow></mfrac>`,
});
