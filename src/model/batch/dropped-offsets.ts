/**
 * Drops that a step of the pipeline decides. Kafka does not show them, as it shows markers and tombstones, so commit
 * notes name their offsets.
 */
export const stepDropReasons = ['failedRule', 'duplicate'] as const;

export type StepDropReason = (typeof stepDropReasons)[number];

/** Offsets of one topic partition that steps dropped for one reason. */
export interface DroppedSet {
  readonly partition: number;
  readonly reason: StepDropReason;
  /** As `OffsetRunWriter` writes them. */
  readonly offsets: string;
}

/** In place while they are few; else the path of a JSON file of `DroppedSet[]` under the table root. */
export type DroppedOffsets =
  | { readonly kind: 'inline'; readonly sets: readonly DroppedSet[] }
  | { readonly kind: 'listed'; readonly path: string };

/** Offsets `[startOffset, startOffset + length)`. */
export interface OffsetRun {
  readonly startOffset: bigint;
  readonly length: bigint;
}

/**
 * Writes ascending runs as compact text, `100x3,2,94x2` for 100 to 102, 105 and 200 to 201: of each run how many
 * offsets lie between it and the run before (the first: and 0), and its length where that is not 1.
 */
export class OffsetRunWriter {
  readonly #written: string[] = [];
  #end = 0n;
  #last: OffsetRun | undefined;

  /** Runs that touch become one. Throws RangeError for a run that begins before the end of the one before. */
  add({ startOffset, length }: OffsetRun): void {
    const last = this.#last;
    const end = last === undefined ? 0n : last.startOffset + last.length;
    if (startOffset < end || length < 1n) throw new RangeError(`${startOffset} does not come after ${end}`);
    if (last !== undefined && startOffset === end) {
      this.#last = { startOffset: last.startOffset, length: last.length + length };
      return;
    }
    this.#writeLast();
    this.#last = { startOffset, length };
  }

  toString(): string {
    this.#writeLast();
    this.#last = undefined;
    return this.#written.join(',');
  }

  #writeLast(): void {
    if (this.#last === undefined) return;
    const { startOffset, length } = this.#last;
    const gap = startOffset - this.#end;
    this.#written.push(length === 1n ? `${gap}` : `${gap}x${length}`);
    this.#end = startOffset + length;
  }
}

/** The runs of a text of `OffsetRunWriter`. Throws SyntaxError for other text. */
export function* readOffsetRuns(text: string): Generator<OffsetRun> {
  let end = 0n;
  for (const token of text === '' ? [] : text.split(',')) {
    const [, gap, length = '1'] = /^(\d{1,19})(?:x(\d{1,19}))?$/.exec(token) ?? [];
    if (gap === undefined || BigInt(length) < 1n) throw new SyntaxError(`"${token.slice(0, 50)}" is no run of offsets`);
    const startOffset = end + BigInt(gap);
    end = startOffset + BigInt(length);
    yield { startOffset, length: BigInt(length) };
  }
}
