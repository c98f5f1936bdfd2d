import { describe, expect, it } from 'vitest';
import { AbortedTransactions } from '../../../src/kafka/aborted-transactions.ts';
import type { AbortedTransaction } from '../../../src/kafka/fetch-request.ts';
import { recordBatches } from '../../../src/kafka/record-batch.ts';
import { encodeMarker, encodeRecordBatch } from '../../support/record-batch.ts';

type Step = readonly [what: 'data' | 'plain' | 'commit' | 'abort', producer: bigint];

/** A log of one offset per step. Returns the offsets that the filter takes to be aborted. */
function abortedOffsets(log: readonly Step[], aborted: readonly AbortedTransaction[], from = 0): number[] {
  const bytes = log.map(([what, producerId], index) => {
    const baseOffset = BigInt(index);
    const records = [{ offsetDelta: 0, value: 'v' }];
    if (what === 'commit' || what === 'abort') return encodeMarker(baseOffset, producerId, what);
    return encodeRecordBatch({ baseOffset, producerId, isTransactional: what === 'data', records });
  });
  const filter = new AbortedTransactions(aborted);
  const batches = [...recordBatches(Buffer.concat(bytes.slice(from)))];
  return batches.filter((batch) => filter.covers(batch)).map(({ baseOffset }) => Number(baseOffset));
}

describe('AbortedTransactions', () => {
  it('covers nothing where nothing was aborted', () => {
    expect(abortedOffsets([['data', 1n], ['commit', 1n], ['data', 1n]], [])).toEqual([]); // prettier-ignore
  });

  it('covers one producer between its first offset and its marker, and no other producer', () => {
    const log: Step[] = [['data', 1n], ['data', 2n], ['data', 1n], ['abort', 1n], ['data', 1n], ['commit', 2n]]; // prettier-ignore
    expect(abortedOffsets(log, [{ producerId: 1n, firstOffset: 0n }])).toEqual([0, 2]);
  });

  it('covers several aborted transactions of one producer, with a committed one between', () => {
    const log: Step[] = [['data', 1n], ['abort', 1n], ['data', 1n], ['commit', 1n], ['data', 1n], ['abort', 1n], ['data', 1n]]; // prettier-ignore
    const aborted = [
      { producerId: 1n, firstOffset: 4n },
      { producerId: 1n, firstOffset: 0n },
    ];
    expect(abortedOffsets(log, aborted)).toEqual([0, 4]);
  });

  it('keeps interleaved aborted transactions of two producers apart', () => {
    const log: Step[] = [['data', 1n], ['data', 2n], ['abort', 1n], ['data', 1n], ['data', 2n], ['abort', 2n], ['data', 2n]]; // prettier-ignore
    const aborted = [
      { producerId: 1n, firstOffset: 0n },
      { producerId: 2n, firstOffset: 1n },
    ];
    expect(abortedOffsets(log, aborted)).toEqual([0, 1, 4]);
  });

  it('covers a transaction that began before the first batch, or whose marker is not there yet', () => {
    const log: Step[] = [['data', 1n], ['data', 1n], ['data', 1n]]; // prettier-ignore
    expect(abortedOffsets(log, [{ producerId: 1n, firstOffset: 0n }], 1)).toEqual([1, 2]);
  });

  it('lets records through that the producer wrote outside of a transaction', () => {
    const log: Step[] = [['data', 1n], ['plain', 1n], ['abort', 1n]]; // prettier-ignore
    expect(abortedOffsets(log, [{ producerId: 1n, firstOffset: 0n }])).toEqual([0]);
  });

  it('does not take a commit marker for the end of a later aborted transaction', () => {
    const log: Step[] = [['data', 1n], ['commit', 1n], ['data', 1n], ['abort', 1n], ['data', 1n]]; // prettier-ignore
    expect(abortedOffsets(log, [{ producerId: 1n, firstOffset: 2n }])).toEqual([2]);
  });
});
