import { BronzeError } from '../../errors.ts';
import { errorCodes } from '../../model/error-code.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { UnreadableCheckpoint } from '../checkpoint/unreadable-checkpoint.ts';
import { listLogSegment, type LogSegment, type SegmentRequest } from './log-segment.ts';

/**
 * The segments that give a table's state, as checkpoints turn out to be unreadable: each stands on an older checkpoint,
 * and the last on the whole log (PROTOCOL.md, Checkpoints: they are copies of what the entries say).
 */
export class ReadableSegments {
  readonly #store: ObjectStore;
  readonly #request: SegmentRequest;
  readonly #unreadable = new Set<string>();
  #first: UnreadableCheckpoint | undefined;

  constructor(store: ObjectStore, request: SegmentRequest) {
    this.#store = store;
    this.#request = request;
  }

  /**
   * The newest one that is left; `undefined` where there is no table.
   * @throws BronzeError `TABLE_CORRUPT`, naming the checkpoint that cannot be read, where nothing older stands for it.
   */
  async next(): Promise<LogSegment | undefined> {
    try {
      const segment = await listLogSegment(this.#store, { ...this.#request, except: this.#unreadable });
      if (segment || !this.#first) return segment;
      throw new BronzeError('TABLE_CORRUPT', 'there is nothing in the log');
    } catch (error) {
      if (!this.#first || !(error instanceof BronzeError) || errorCodes[error.code] === 'outage') throw error;
      throw new BronzeError('TABLE_CORRUPT', `${this.#first.message}; and without it ${error.message}`, {
        cause: this.#first,
      });
    }
  }

  /** Files of checkpoints that were passed over. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable;
  }

  /** Throws `error` unless it is the checkpoint's fault. */
  passOver(error: unknown): void {
    if (!(error instanceof UnreadableCheckpoint)) throw error;
    this.#first ??= error;
    for (const path of error.paths) this.#unreadable.add(path);
  }

  /** What `read` makes of the first segment that it can read. */
  async read<Result>(read: (segment: LogSegment) => Promise<Result>): Promise<Result | undefined> {
    for (;;) {
      const segment = await this.next();
      if (!segment) return undefined;
      try {
        return await read(segment);
      } catch (error) {
        this.passOver(error);
      }
    }
  }
}
