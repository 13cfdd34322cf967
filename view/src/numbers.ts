// How the pages write numbers: as clearprop/writing/numbers.py does.

const DIGITS = 4;
/** Decimals with more characters than these are shown in four digits. */
const LONG = 8;

/** Four significant digits, integers whole, a real minus sign. */
export function shown(value: number, digits = DIGITS): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    return signed(value, String(Math.abs(value)));
  }
  const [mantissa, exponent] = rounded(Math.abs(value), digits);
  return signed(value, general(mantissa, exponent, digits));
}

/** A cell of a table: as it stands, but for decimals of more digits than anybody reads. */
export function brief(cell: string): string {
  return /^[-−]?\d*\.\d+$/.test(cell) && cell.length > LONG ? shown(Number(cell.replace("−", "-"))) : cell;
}

/** A number that is known to so many digits of `size`: 3.7e-07 of numbers of size 5 is 0. */
export function inDigitsOf(size: number, value: number, digits: number): number {
  const places = digits - 1 - Math.floor(Math.log10(size));
  return Number(places >= 0 ? value.toFixed(Math.min(100, places)) : value.toPrecision(digits));
}

/** A constant of a formula: twelve significant digits at most. */
export function constant(value: number): string {
  return value === 0.5 ? "½" : value === -0.5 ? "−½" : shown(value, 12);
}

/** The shortest text that reads back as the same number. */
export function exact(value: number, dtype = "float64"): string {
  if (!Number.isFinite(value)) return shown(value);
  if (dtype === "float32") {
    // Six digits also find the shorter texts: the rest of the digits are zeros.
    for (let digits = 6; digits <= 9; digits++) {
      const text = value.toPrecision(digits);
      if (Math.fround(Number(text)) === value) return repr(Number(text));
    }
  }
  return repr(value);
}

/** The number as Python's repr writes it, without ".0" at the end. */
function repr(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "−0" : "0";
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return signed(value, String(Math.abs(value)));
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return signed(value, `${mantissa}e${exponent < 0 ? "−" : "+"}${size}`);
}

/** Whether `shown` rounds the number. */
export function isRounded(value: number): boolean {
  return Number.isFinite(value) && Number(shown(value).replaceAll("−", "-")) !== value;
}

/** Whether a rounded number looks exact because it has only one or two digits: 1 for 0.99998. */
export function seemsExact(value: number): boolean {
  const digits = shown(value).replace(/e.*$/, "").replace(/\D/g, "").replace(/^0+/, "").length;
  return digits < DIGITS - 1 && isRounded(value);
}

/** "≈" if `shown` rounds the number, else "=". */
export function equals(value: number): string {
  return isRounded(value) ? "≈" : "=";
}

/** A plain number: with either minus sign, with a comma or a point. */
const NUMBER = /^-?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i;
const plainly = (text: string) => text.trim().replaceAll("−", "-").replace(/^\+/, "");

/** Whether a text is a number as it stands, not arithmetic. */
export const isNumber = (text: string) => NUMBER.test(plainly(text));

/** Read a typed number, with either minus sign, with a comma or a point, or arithmetic; undefined if it is neither. */
export function typed(text: string): number | undefined {
  const plain = plainly(text);
  if (NUMBER.test(plain)) return Number(plain.replace(",", "."));
  const words: Record<string, number> = { nan: NaN, "∞": Infinity, "-∞": -Infinity };
  return words[plain.toLowerCase()] ?? arithmetic(plain);
}

/** The value of arithmetic with + - * / and parentheses; undefined for anything else. */
export function arithmetic(text: string): number | undefined {
  const plain = text.replaceAll("−", "-").replaceAll("·", "*").replaceAll(",", ".").replaceAll(/\s/g, "");
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (plain[at] === "+" || plain[at] === "-") value += plain[at++] === "+" ? product() : -product();
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (plain[at] === "*" || plain[at] === "/") value = plain[at++] === "*" ? value * factor() : value / factor();
    return value;
  };
  const factor = (): number => {
    if (plain[at] === "-") return at++, -factor();
    if (plain[at] === "(") {
      at++;
      const value = sum();
      return plain[at++] === ")" ? value : NaN;
    }
    const digits = /^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i.exec(plain.slice(at))?.[0] ?? "";
    at += digits.length;
    return digits ? Number(digits) : NaN;
  };
  const value = sum();
  return at === plain.length && Number.isFinite(value) ? value : undefined;
}

/** The end of a colour scale that is the same for both signs, ±0.9874; that of numbers without a minus is 0 to 0.9874. */
export function scaleEnd(value: number, hasNegative = true): string {
  return `${hasNegative ? "" : "0 to "}${seemsExact(value) ? "≈ " : ""}${hasNegative ? "±" : ""}${shown(value)}`;
}

/** A count with its thousands apart: 401,408. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function signed(value: number, digits: string): string {
  return value < 0 ? `−${digits}` : digits;
}

/** The significant digits and the exponent; a number exactly between two is rounded half to even. */
function rounded(size: number, digits: number): [string, number] {
  let text = size.toExponential(digits - 1);
  if (size.toExponential(digits).split("e")[0]!.endsWith("5")) {
    const all = size.toExponential(100).split("e")[0]!.replace(".", "");
    const isTie = /^50*$/.test(all.slice(digits));
    if (isTie && Number(all[digits - 1]) % 2 === 0) {
      const below = `${all[0]}.${all.slice(1, digits)}`;
      text = `${below}e${size.toExponential(100).split("e")[1]}`;
    }
  }
  const [mantissa, exponent] = text.split("e");
  return [mantissa!.replace(".", ""), Number(exponent)];
}

/** Write digits as C's %g does: plain if short, else with a power of ten; no zeros at the end. */
function general(digits: string, exponent: number, precision: number): string {
  const trimmed = digits.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= precision) {
    const mantissa = trimmed.length > 1 ? `${trimmed[0]}.${trimmed.slice(1)}` : trimmed;
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "−" : "+"}${size}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${trimmed}`;
  const whole = digits.slice(0, exponent + 1);
  const rest = digits.slice(exponent + 1).replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

/** Texts of one column, padded at the end so that their decimal points are aligned. */
export function aligned(texts: string[]): string[] {
  const tails = texts.map((text) => (text.includes(".") ? text.length - text.indexOf(".") : 0));
  const longest = Math.max(0, ...tails);
  return texts.map((text, place) => text + "\u2007".repeat(longest - tails[place]!));
}
