import type { DropReason } from '../model/batch/batch.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';
import { AbortedTransactions } from './aborted-transactions.ts';
import { decodeRecords } from './decode-records.ts';
import type { FetchedPartition } from './fetch-request.ts';
import type { FetchedBatch } from './kafka-reader.ts';
import { checkChecksum, recordBatches, type RecordBatch } from './record-batch.ts';

/** Record batches are decoded until they hold this much; then the consumer gets its turn. */
const targetBatchBytes = 1024 * 1024;

/**
 * Where reading one range stands. `fetchOffset` runs ahead of what was handed out: the next fetch is sent as soon as
 * the headers of a response tell where it ends, and its records are decoded while that fetch is under way.
 */
export class RangeCursor {
  readonly range: OffsetRange;
  readonly endOffset: bigint;
  fetchOffset: bigint;
  /** Responses in a row that held nothing for this range. */
  emptyResponses = 0;
  /** Since when nothing went right; `undefined` while all is well. */
  failingSinceMs: number | undefined;

  constructor(range: OffsetRange) {
    this.range = range;
    this.fetchOffset = BigInt(range.startOffset);
    this.endOffset = BigInt(range.endOffset);
  }

  get isDone(): boolean {
    return this.fetchOffset >= this.endOffset;
  }

  /** Moves `fetchOffset` behind the response and returns what to decode; `undefined` where nothing came. */
  advance(fetched: FetchedPartition): PendingOffsets | undefined {
    const startOffset = this.fetchOffset;
    let nextOffset = startOffset;
    for (const batch of recordBatches(fetched.recordBatches)) {
      if (batch.nextOffset > nextOffset) nextOffset = batch.nextOffset;
    }
    if (nextOffset === startOffset) {
      this.emptyResponses++;
      return undefined;
    }
    this.emptyResponses = 0;
    this.failingSinceMs = undefined;
    this.fetchOffset = nextOffset;
    return { cursor: this, fetched, startOffset, endOffset: min(nextOffset, this.endOffset) };
  }
}

/** A response for one range that waits to be decoded. */
export interface PendingOffsets {
  readonly cursor: RangeCursor;
  readonly fetched: FetchedPartition;
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/**
 * Decodes a response step by step. Every offset in [startOffset, endOffset) is a record or counted in `dropped`; an
 * offset without a record is counted as compacted (cleaned, or never filled as between the batches of a transaction).
 */
export function* decodePending(
  pending: PendingOffsets,
  readCommitted: boolean,
): Generator<FetchedBatch, void, undefined> {
  const { partition } = pending.cursor.range;
  const aborted = new AbortedTransactions(readCommitted ? pending.fetched.abortedTransactions : []);
  let out = emptyBatch(partition, pending.startOffset);
  for (const batch of recordBatches(pending.fetched.recordBatches)) {
    const isAborted = aborted.covers(batch);
    const from = max(out.nextOffset, min(batch.baseOffset, pending.endOffset));
    const to = min(batch.nextOffset, pending.endOffset);
    drop(out, 'compacted', from - out.nextOffset);
    out.nextOffset = from;
    if (to > from) {
      checkChecksum(batch);
      if (batch.isControl) drop(out, 'controlRecord', to - from);
      else if (isAborted) drop(out, 'abortedTransaction', to - from);
      else takeRecords(out, batch, from, to);
      out.nextOffset = to;
    }
    if (out.bytes >= targetBatchBytes && out.nextOffset < pending.endOffset) {
      yield out;
      out = emptyBatch(partition, out.nextOffset);
    }
  }
  yield out;
}

/** The rest of a range that a compacted topic holds nothing of. */
export function compactedRest(cursor: RangeCursor): FetchedBatch {
  const out = emptyBatch(cursor.range.partition, cursor.endOffset);
  drop(out, 'compacted', cursor.endOffset - cursor.fetchOffset);
  return out;
}

interface GrowingBatch {
  readonly partition: number;
  readonly records: KafkaRecord[];
  readonly dropped: Partial<Record<DropReason, number>>;
  nextOffset: bigint;
  bytes: number;
}

function emptyBatch(partition: number, nextOffset: bigint): GrowingBatch {
  return { partition, records: [], dropped: {}, nextOffset, bytes: 0 };
}

function takeRecords(out: GrowingBatch, batch: RecordBatch, from: bigint, to: bigint): void {
  const taken = decodeRecords(batch, out.partition, from, to, out.records);
  out.bytes += taken.bytes;
  drop(out, 'compacted', to - from - BigInt(taken.count));
}

function drop(out: GrowingBatch, reason: DropReason, count: bigint): void {
  if (count > 0n) out.dropped[reason] = (out.dropped[reason] ?? 0) + Number(count);
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
