// Whether a number that was typed with a few digits is another number.

/** A typed number needs so many digits to be judged. */
export const FEWEST_DIGITS = 3;

/** How many significant digits a text has. */
export const digitsOf = (text: string) => text.replace(/e.*$/i, "").replace(/[^\d]/g, "").replace(/^0+/, "").length;

/** Whether a number with fewer digits than are judged is right in those that it has. */
export function isRightSoFar(mine: number, right: number, text: string): boolean {
  const digits = digitsOf(text);
  return digits > 0 && digits < FEWEST_DIGITS && mine !== right && mine === Number(right.toPrecision(digits));
}

/**
 * Whether a typed number is right in all its typed digits, and in three digits at least. No more than
 * `most` digits are compared.
 */
export function agrees(mine: number, right: number, text: string, most = 15): boolean {
  if (Object.is(mine, right) || mine === right) return true;
  if (!Number.isFinite(mine) || !Number.isFinite(right)) return false;
  const significant = Math.min(Math.max(digitsOf(text), FEWEST_DIGITS), most);
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(right) || 1e-300)) + 1 - significant);
  return Math.abs(mine - right) <= 0.5000001 * unit || mine === Number(right.toPrecision(significant));
}
