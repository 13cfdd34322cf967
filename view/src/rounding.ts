// Whether a number that was typed with a few digits is another number.

/**
 * Whether a typed number is right in all its typed digits, and in three digits at least. No more than
 * `most` digits are compared.
 */
export function agrees(mine: number, right: number, text: string, most = 15): boolean {
  if (Object.is(mine, right) || mine === right) return true;
  if (!Number.isFinite(mine) || !Number.isFinite(right)) return false;
  const digits = text.replace(/e.*$/i, "").replace(/[^\d]/g, "").replace(/^0+/, "").length;
  const significant = Math.min(Math.max(digits, 3), most);
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(right) || 1e-300)) + 1 - significant);
  return Math.abs(mine - right) <= 0.5000001 * unit || mine === Number(right.toPrecision(significant));
}
