/**
 * Random numbers that depend on the seed, the index and the order of the calls alone, so that the n-th sample is the
 * same whichever process makes it, and in whatever order samples are made (xorshift-multiply mixing, mulberry32 steps).
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number, index: number) {
    const high = Math.floor(index / 2 ** 32);
    this.#state = mix(mix(mix(seed | 0) ^ (index | 0)) ^ high);
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** In [0, below). */
  int(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** In [from, to), rounded to so many digits. */
  decimal(from: number, to: number, digits: number): number {
    const scale = 10 ** digits;
    return Math.round((from + this.fraction() * (to - from)) * scale) / scale;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const [a, b, c, d] = [this.uint32(), this.uint32(), this.uint32(), this.uint32()];
    const variant = ((c >>> 16) & 0x3fff) | 0x8000;
    return `${hex32(a)}-${hex16(b >>> 16)}-4${hex16(b).slice(1)}-${hex16(variant)}-${hex16(c)}${hex32(d)}`;
  }
}

/** A 32-bit hash of a text (FNV-1a), the same everywhere. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) | 0;
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex16(value: number): string {
  return `${hexOfByte[(value >>> 8) & 0xff]}${hexOfByte[value & 0xff]}`;
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value);
}
