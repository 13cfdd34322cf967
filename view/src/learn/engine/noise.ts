// Random numbers as a function of their place: SplitMix64, as in clearprop/definitions/noise.py. The page
// draws the same first weights, orders of rows and dropout masks as Python.

const GOLDEN = 0x9e3779b97f4a7c15n;
const wrapped = (bits: bigint) => BigInt.asUintN(64, bits);

function mix(bits: bigint): bigint {
  bits = wrapped((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = wrapped((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  return bits ^ (bits >> 31n);
}

export class Noise {
  constructor(readonly key: bigint) {}

  static of(seed: number): Noise {
    return new Noise(BigInt(seed));
  }

  /** Another stream, a function of this one and of a whole number. */
  child(label: number): Noise {
    return new Noise(mix(mix(wrapped(this.key + BigInt(label + 1) * GOLDEN))));
  }

  /** Uniform numbers in [0, 1), 53 bits each. */
  uniform(count: number): Float64Array {
    const drawn = new Float64Array(count);
    let counter = this.key;
    for (let place = 0; place < count; place++) {
      counter = wrapped(counter + GOLDEN);
      drawn[place] = Number(mix(counter) >> 11n) * 2 ** -53;
    }
    return drawn;
  }

  /** A dropout mask: 0 with probability `rate`, 1 / (1 − rate) otherwise. */
  mask(into: Float64Array, rate: number): void {
    const drawn = this.uniform(into.length);
    for (let place = 0; place < into.length; place++) into[place] = drawn[place]! >= rate ? 1 / (1 - rate) : 0;
  }

  /** An order of so many rows. */
  order(rows: number): Int32Array {
    const drawn = this.uniform(rows);
    return Int32Array.from({ length: rows }, (_, row) => row).sort((a, b) => drawn[a]! - drawn[b]! || a - b);
  }
}

/** The streams of a seed, as in clearprop/learning/seeded.py. */
export const [WEIGHTS, ORDERS, MASKS, FEEDBACK] = [0, 1, 2, 3] as const;
