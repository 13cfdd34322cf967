// Random numbers as a function of their place: SplitMix64, as in clearprop/definitions/noise.py. The page
// draws the same first weights, orders of rows and dropout masks as Python.

const GOLDEN = 0x9e3779b97f4a7c15n;
const wrapped = (bits: bigint) => BigInt.asUintN(64, bits);

function mix(bits: bigint): bigint {
  bits = wrapped((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = wrapped((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  return bits ^ (bits >> 31n);
}

/** A word of 64 bits as two of 32. */
interface Halves {
  high: number;
  low: number;
}

const LOW = 0xffffffffn;
const [STEP_HIGH, STEP_LOW] = [0x9e3779b9, 0x7f4a7c15];

/** `mix` on halves. */
function mixHalves(word: Halves): void {
  shifted(word, 30);
  multiplied(word, 0xbf58476d, 0x1ce4e5b9);
  shifted(word, 27);
  multiplied(word, 0x94d049bb, 0x133111eb);
  shifted(word, 31);
}

function shifted(word: Halves, by: number): void {
  word.low ^= (word.low >>> by) | (word.high << (32 - by));
  word.high ^= word.high >>> by;
}

function multiplied(word: Halves, high: number, low: number): void {
  const a = word.low & 0xffff, b = word.low >>> 16, c = low & 0xffff, d = low >>> 16;
  const least = a * c;
  const middle = a * d + b * c + (least >>> 16);
  word.high = (b * d + Math.floor(middle / 0x10000) + Math.imul(word.high, low) + Math.imul(word.low, high)) | 0;
  word.low = (middle << 16) | (least & 0xffff);
}

/** The first place of a number among sorted ones. */
function firstOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
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

  /** Uniform numbers in [0, 1), 53 bits each. Every step draws some, so words are halves here: bigints are slow. */
  uniform(count: number): Float64Array {
    const drawn = new Float64Array(count);
    const word: Halves = { high: Number(this.key >> 32n) | 0, low: Number(this.key & LOW) | 0 };
    const mixed: Halves = { high: 0, low: 0 };
    for (let place = 0; place < count; place++) {
      const low = (word.low >>> 0) + STEP_LOW;
      word.high = (word.high + STEP_HIGH + Number(low > 0xffffffff)) | 0;
      word.low = low | 0;
      mixed.high = word.high;
      mixed.low = word.low;
      mixHalves(mixed);
      drawn[place] = ((mixed.high >>> 0) * 2 ** 21 + (mixed.low >>> 11)) * 2 ** -53;
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
    const sorted = drawn.slice().sort(); // much faster than a sort that calls a function
    const order = new Int32Array(rows).fill(-1);
    for (let row = 0; row < rows; row++) {
      let place = firstOf(sorted, drawn[row]!);
      while (order[place]! >= 0) place++; // equal numbers keep the order of their rows
      order[place] = row;
    }
    return order;
  }
}

/** The streams of a seed, as in clearprop/learning/seeded.py. */
export const [WEIGHTS, ORDERS, MASKS, FEEDBACK] = [0, 1, 2, 3] as const;
