// Functions of one number, or of one row, that JavaScript's Math lacks. They are computed as
// clearprop/readings/numpy.py computes them.

/** 1 / (1 + exp(−z)), without overflow. */
export function expit(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** ln(1 + exp(z)), without overflow. */
export function softplus(z: number): number {
  return z === Infinity ? z : Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** Φ(z): a series of positive terms near zero, a continued fraction in the tails. */
export function ndtr(z: number): number {
  if (Number.isNaN(z)) return NaN;
  const size = Math.abs(z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (size < 2.5) {
    let term = size;
    let total = size;
    for (let k = 1; term > total * 1e-18; k++) {
      term *= (z * z) / (2 * k + 1);
      total += term;
    }
    return z < 0 ? 0.5 - density * total : 0.5 + density * total;
  }
  if (size > 39) return z < 0 ? 0 : 1;
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / (size + fraction);
  const tail = density / (size + fraction);
  return z < 0 ? tail : 1 - tail;
}

/** Softmax of the row that begins at `from`. */
export function softmax(to: Float64Array, z: Float64Array, from: number, columns: number): void {
  const top = largest(z, from, columns);
  let total = 0;
  for (let at = from; at < from + columns; at++) total += to[at] = Math.exp(z[at]! - top);
  for (let at = from; at < from + columns; at++) to[at] = to[at]! / total;
}

/** The logarithm of the softmax of the row that begins at `from`. */
export function logSoftmax(to: Float64Array, z: Float64Array, from: number, columns: number): void {
  const top = largest(z, from, columns);
  let [others, ties] = [0, -1];
  for (let at = from; at < from + columns; at++) {
    const part = (to[at] = z[at]! - top);
    if (part === 0) ties++;
    else others += Math.exp(part);
  }
  const total = Math.log1p(others + ties);
  for (let at = from; at < from + columns; at++) to[at] = to[at]! - total;
}

function largest(z: Float64Array, from: number, columns: number): number {
  let top = -Infinity;
  for (let at = from; at < from + columns; at++) top = Math.max(top, z[at]!);
  return top;
}
