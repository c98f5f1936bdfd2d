import type { LaneLag } from '../../model/requests/lane-lag.ts';

interface Look {
  readonly atMs: number;
  readonly ends: ReadonlyMap<number, bigint>;
}

/** More looks than this are thinned out, so that a lane that stands still for days costs no more than another one. */
const mostLooks = 256;

/**
 * How long uncommitted offsets have been there, told from looks at a lane alone: those that a look has found at the ends of
 * the topic partitions are at least as old as the look. No clock but this process's counts.
 */
export class LagClock {
  /** Of what is not wholly committed yet; oldest first. */
  #looks: readonly Look[] = [];
  #sinceMs: number | undefined;

  /** `sinceMs`: another clock has seen uncommitted offsets since then; what there is now is taken for those. */
  constructor(sinceMs?: number) {
    this.#sinceMs = sinceMs;
  }

  /** Milliseconds for which the oldest uncommitted offset has been seen; 0 where all is committed. */
  look(lag: LaneLag, atMs: number): number {
    const stored = new Map(lag.map(({ partition, storedOffset }) => [partition, BigInt(storedOffset)]));
    const ends = new Map(lag.map(({ partition, endOffset }) => [partition, BigInt(endOffset)]));
    const isOpen = (look: Look): boolean =>
      [...look.ends].some(([partition, end]) => end > (stored.get(partition) ?? end));
    // Ends that go back are those of another log.
    const isReplaced = [...(this.#looks.at(-1)?.ends ?? [])].some(
      ([partition, end]) => end > (ends.get(partition) ?? end),
    );
    const firstOpen = isReplaced ? -1 : this.#looks.findIndex(isOpen);
    this.#looks = firstOpen < 0 ? [] : this.#looks.slice(firstOpen);
    const now: Look = { atMs: this.#sinceMs ?? atMs, ends };
    this.#sinceMs = undefined;
    if (isOpen(now)) this.#looks = thinned([...this.#looks, now]);
    return atMs - (this.#looks[0]?.atMs ?? atMs);
  }
}

/** The first stays: it is the one that is waited for. */
function thinned(looks: readonly Look[]): readonly Look[] {
  return looks.length <= mostLooks ? looks : looks.filter((_, index) => index % 2 === 0);
}
