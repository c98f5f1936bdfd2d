import { hash } from 'node:crypto';

/**
 * A set of file keys that takes 16 to 32 bytes for each, however long they are: a replay of a million files has them all in
 * memory at once. It holds 128-bit digests; that two of a billion keys share one has a chance below 10⁻²⁰.
 */
export class FileKeySet {
  /** Two words for each slot; a slot of zeros is free. */
  #words: BigUint64Array;
  #size = 0;

  constructor(slots = 1024) {
    this.#words = new BigUint64Array(slots * 2);
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    const [high, low] = digestWords(key);
    return this.#words[this.#slotOf(high, low) + 1] !== 0n;
  }

  /** Adds a key; false when it was there. */
  add(key: string): boolean {
    const [high, low] = digestWords(key);
    const slot = this.#slotOf(high, low);
    if (this.#words[slot + 1] !== 0n) return false;
    this.#words[slot] = high;
    this.#words[slot + 1] = low;
    this.#size += 1;
    if (this.#size * 4 > this.#words.length) this.#grow();
    return true;
  }

  /** The index of a digest's words, or of the free ones where they belong. */
  #slotOf(high: bigint, low: bigint): number {
    const words = this.#words;
    const slots = words.length / 2;
    let slot = Number(high & BigInt(slots - 1));
    while (words[slot * 2 + 1] !== 0n && (words[slot * 2] !== high || words[slot * 2 + 1] !== low)) {
      slot = (slot + 1) & (slots - 1);
    }
    return slot * 2;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new BigUint64Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0n, low = 0n] = [old[at], old[at + 1]];
      if (low === 0n) continue;
      const slot = this.#slotOf(high, low);
      this.#words[slot] = high;
      this.#words[slot + 1] = low;
    }
  }
}

/** The second word is never zero, which marks a free slot. */
function digestWords(key: string): [bigint, bigint] {
  const digest = hash('md5', key, 'buffer');
  return [digest.readBigUInt64LE(0), digest.readBigUInt64LE(8) | 1n];
}
