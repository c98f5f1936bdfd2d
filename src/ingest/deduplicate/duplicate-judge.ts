/** A row, or what is known of a row of the table. Rows of one key come together, those of the table first. */
export interface KeyedRow {
  readonly isNewKey: boolean;
  readonly isHeld: boolean;
  /** 0 where there is no window. */
  readonly micros: bigint;
}

export type DuplicateVerdict = 'kept' | 'duplicateInBatch' | 'duplicateInTable';

/**
 * Says of each row whether one that stays has the same key and is not further away than the window. Rows that were
 * dropped do not count, so that a chain of duplicates cannot reach further than the window.
 */
export class DuplicateJudge {
  readonly #widthMicros: bigint | undefined;
  readonly #held: InstantSet = new InstantSet();
  readonly #kept: InstantSet = new InstantSet();

  /** Without a width, any row with the same key is near. */
  constructor(widthMicros: bigint | undefined) {
    this.#widthMicros = widthMicros;
  }

  judge({ isNewKey, isHeld, micros }: KeyedRow): DuplicateVerdict {
    if (isNewKey) {
      this.#held.clear();
      this.#kept.clear();
    }
    if (isHeld) {
      this.#held.add(micros);
      return 'kept';
    }
    if (this.#held.hasWithin(micros, this.#widthMicros)) return 'duplicateInTable';
    if (this.#kept.hasWithin(micros, this.#widthMicros)) return 'duplicateInBatch';
    this.#kept.add(micros);
    return 'kept';
  }
}

/** Instants in ascending order. */
class InstantSet {
  readonly #instants: bigint[] = [];

  clear(): void {
    this.#instants.length = 0;
  }

  /** Cheap where instants come in ascending order. */
  add(instant: bigint): void {
    const last = this.#instants.at(-1);
    if (last === undefined || last < instant) this.#instants.push(instant);
    else this.#instants.splice(this.#firstFrom(instant), 0, instant);
  }

  hasWithin(instant: bigint, width: bigint | undefined): boolean {
    if (width === undefined) return this.#instants.length > 0;
    const nearest = this.#instants[this.#firstFrom(instant - width)];
    return nearest !== undefined && nearest <= instant + width;
  }

  #firstFrom(instant: bigint): number {
    let [low, high] = [0, this.#instants.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#instants[middle] ?? instant) < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
