// The equation of a whole array, ∂E/∂W₁ = xᵀ δ₁: the graph written down to arrays that have names, as
// clearprop/explaining/render.py writes it.

import { constant } from "../numbers";
import { number } from "../payload";
import type { Step } from "../step";

export interface Equation {
  text: string;
  mathml: string;
}

const [COMPARED, ADDED, MULTIPLIED, ATOM] = [0, 1, 2, 3] as const;
type Form = Equation & { binds: number };

const FUNCTIONS: Record<string, string> = {
  exp: "exp", expm1: "expm1", log: "ln", tanh: "tanh", sign: "sign", expit: "σ", softplus: "softplus", ndtr: "Φ",
  softmax: "softmax", log_softmax: "ln softmax", maximum: "max", minimum: "min",
};

/** The equation of an array: its name, and how it was made. */
export function wholeEquation(step: Step, node: number): Equation {
  const { symbol } = step.byNode.get(node)!;
  const right = made(step, node);
  return { text: `${symbol.text} = ${right.text}`, mathml: `<mrow>${symbol.mathml}<mo>=</mo>${right.mathml}</mrow>` };
}

function form(step: Step, node: number): Form {
  const quantity = step.byNode.get(node);
  if (!quantity) return made(step, node);
  return { text: quantity.symbol.text, mathml: quantity.symbol.mathml, binds: quantity.symbol.text.includes("/") ? MULTIPLIED : ATOM };
}

function made(step: Step, node: number): Form {
  const { op, args = [], value, axis } = step.payload.nodes[node]!;
  const [a, b, c] = args.map((arg) => form(step, arg)) as [Form, Form, Form];
  switch (op) {
    case "constant": {
      const text = constant(number(value));
      return { text, mathml: text.startsWith("−") ? `<mrow><mo>−</mo><mn>${text.slice(1)}</mn></mrow>` : `<mn>${text}</mn>`, binds: number(value) < 0 ? ADDED : ATOM };
    }
    case "given":
      return form(step, node);
    case "negative":
      return prefixed("−", tight(a, MULTIPLIED));
    case "add":
      return infix("+", a, tight(b, ADDED), ADDED);
    case "subtract":
      return infix("−", a, tight(b, MULTIPLIED), ADDED);
    case "multiply":
      if (args[0] === args[1]) return raised(tight(a, ATOM), { text: "²", mathml: "<mn>2</mn>" });
      return infix(isMany(step, args[0]!) && isMany(step, args[1]!) ? "⊙" : "·", tight(a, MULTIPLIED), tight(b, MULTIPLIED), MULTIPLIED);
    case "divide":
      return { text: `${tight(a, MULTIPLIED).text} / ${tight(b, ATOM).text}`, mathml: `<mfrac>${a.mathml}${b.mathml}</mfrac>`, binds: ATOM };
    case "power":
      if (b.text === "½") return root(a);
      return raised(tight(a, ATOM), { text: `^${tight(b, ATOM).text}`, mathml: b.mathml });
    case "sqrt":
      return root(a);
    case "greater":
      return infix(">", a, b, COMPARED);
    case "matmul": {
      const [left, right] = [tight(a, MULTIPLIED), tight(b, MULTIPLIED)];
      return { text: `${left.text} ${right.text}`, mathml: `<mrow>${left.mathml}<mo>\u2062</mo>${right.mathml}</mrow>`, binds: MULTIPLIED };
    }
    case "transpose":
      return raised(tight(a, ATOM), { text: "ᵀ", mathml: "<mtext>T</mtext>" });
    case "absolute":
      return { text: `|${a.text}|`, mathml: `<mrow><mo>|</mo>${a.mathml}<mo>|</mo></mrow>`, binds: ATOM };
    case "norm":
      return { text: `‖${a.text}‖`, mathml: `<mrow><mo>‖</mo>${a.mathml}<mo>‖</mo></mrow>`, binds: ATOM };
    case "sum": {
      const over = axis === 0 ? "rows" : axis === 1 ? "units" : step.shapes[args[0]!]!.length === 1 ? "rows" : "all";
      const inside = tight(a, MULTIPLIED);
      return { text: `sum over ${over} of ${inside.text}`, mathml: `<mrow><munder><mo>∑</mo><mtext>${over}</mtext></munder>${inside.mathml}</mrow>`, binds: ADDED };
    }
    case "mean": {
      const over = axis === 0 ? "rows" : axis === 1 ? "units" : "all";
      return { text: `mean over ${over} of ${a.text}`, mathml: `<mrow><msub><mi>mean</mi><mtext>${over}</mtext></msub><mo>(</mo>${a.mathml}<mo>)</mo></mrow>`, binds: ATOM };
    }
    case "where":
      return {
        text: `${b.text} where ${a.text}, else ${c.text}`,
        mathml: `<mrow><mo>{</mo><mtable><mtr><mtd>${b.mathml}</mtd><mtd><mrow><mtext>where </mtext>${a.mathml}</mrow></mtd></mtr><mtr><mtd>${c.mathml}</mtd><mtd><mtext>else</mtext></mtd></mtr></mtable></mrow>`,
        binds: COMPARED,
      };
    case "ones_like":
      return { text: "1", mathml: "<mn>1</mn>", binds: ATOM };
    case "column":
      return a;
    default: {
      const name = FUNCTIONS[op] ?? op;
      const all = args.map((arg) => form(step, arg));
      return { text: `${name}(${all.map((one) => one.text).join(", ")})`,
        mathml: `<mrow><mi>${name}</mi><mo>(</mo>${all.map((one) => one.mathml).join("<mo>,</mo>")}<mo>)</mo></mrow>`, binds: ATOM };
    }
  }
}

const isMany = (step: Step, node: number) => step.shapes[node]!.reduce((product, size) => product * size, 1) > 1;

function tight(one: Form, binding: number): Form {
  if (one.binds >= binding) return one;
  return { text: `(${one.text})`, mathml: `<mrow><mo>(</mo>${one.mathml}<mo>)</mo></mrow>`, binds: ATOM };
}

const prefixed = (sign: string, one: Form): Form => ({ text: `${sign}${one.text}`, mathml: `<mrow><mo>${sign}</mo>${one.mathml}</mrow>`, binds: ADDED });
const root = (one: Form): Form => ({ text: `√(${one.text})`, mathml: `<msqrt>${one.mathml}</msqrt>`, binds: ATOM });
const raised = (base: Form, by: Equation): Form => ({ text: `${base.text}${by.text}`, mathml: `<msup>${base.mathml}${by.mathml}</msup>`, binds: ATOM });
const infix = (sign: string, a: Form, b: Form, binds: number): Form => ({
  text: `${a.text} ${sign} ${b.text}`, mathml: `<mrow>${a.mathml}<mo>${sign === ">" ? "&gt;" : sign}</mo>${b.mathml}</mrow>`, binds,
});

