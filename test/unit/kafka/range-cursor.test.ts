import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FetchedPartition } from '../../../src/kafka/fetch-request.ts';
import type { FetchedBatch } from '../../../src/kafka/kafka-reader.ts';
import { compactedRest, decodePending, RangeCursor } from '../../../src/kafka/range-cursor.ts';
import { encodeMarker, encodeRecordBatch } from '../../support/record-batch.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

function cursorOf(start: number, end: number): RangeCursor {
  const offsets = { startOffset: `${BigInt(start)}`, endOffset: `${BigInt(end)}` } as const;
  return new RangeCursor({ topic: 't', topicId: 'id', partition: 3, ...offsets });
}

function response(...batches: Buffer[]): FetchedPartition {
  return {
    partition: 3,
    errorCode: 0,
    highWatermark: 1000n,
    lastStableOffset: 1000n,
    abortedTransactions: [],
    recordBatches: Buffer.concat(batches),
  };
}

function take(cursor: RangeCursor, fetched: FetchedPartition): FetchedBatch[] {
  const pending = cursor.advance(fetched);
  return pending ? [...decodePending(pending, true)] : [];
}

/** One record at each of the offsets, in a batch that spans [base, next). */
function batchOf(base: number, next: number, offsets: readonly number[]): Buffer {
  return encodeRecordBatch({
    baseOffset: BigInt(base),
    lastOffsetDelta: next - base - 1,
    records: offsets.map((offset) => ({ offsetDelta: offset - base, value: `v${offset}` })),
  });
}

describe('RangeCursor', () => {
  it('counts gaps before, within, between and after batches as compacted', () => {
    const cursor = cursorOf(0, 30);
    const batches = take(cursor, response(batchOf(5, 10, [6, 8]), batchOf(12, 20, [12]), batchOf(25, 40, [33])));
    expect(batches.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([6n, 8n, 12n]);
    expect(batches.map(({ dropped }) => dropped)).toEqual([{ compacted: 27 }]);
    expect(batches.at(-1)?.nextOffset).toBe(30n);
    expect(cursor.isDone).toBe(true);
  });

  it('counts a batch that compaction emptied', () => {
    const [batch] = take(cursorOf(0, 5), response(batchOf(0, 5, [])));
    expect(batch).toMatchObject({ records: [], dropped: { compacted: 5 }, nextOffset: 5n });
  });

  it('ends at a marker as well as at a record', () => {
    const cursor = cursorOf(0, 2);
    const [batch] = take(cursor, response(batchOf(0, 1, [0]), encodeMarker(1n, 9n, 'commit')));
    expect(batch).toMatchObject({ dropped: { controlRecord: 1 }, nextOffset: 2n });
    expect(cursor.isDone).toBe(true);
  });

  it('stays where it is when nothing comes', () => {
    const cursor = cursorOf(4, 9);
    expect(cursor.advance(response())).toBeUndefined();
    expect([cursor.fetchOffset, cursor.emptyResponses]).toEqual([4n, 1]);
    expect(cursor.advance(response(batchOf(0, 4, [3])))).toBeUndefined();
    expect(compactedRest(cursor)).toMatchObject({ records: [], dropped: { compacted: 5 }, nextOffset: 9n });
  });

  it('hands out large responses in several steps', () => {
    const large = (offset: number): Buffer =>
      encodeRecordBatch({ baseOffset: BigInt(offset), records: [{ offsetDelta: 0, value: 'x'.repeat(600_000) }] });
    const batches = take(cursorOf(0, 5), response(...[0, 1, 2, 3, 4].map(large)));
    expect(batches.map(({ records }) => records.length)).toEqual([2, 2, 1]);
    expect(batches.map(({ nextOffset }) => nextOffset)).toEqual([2n, 4n, 5n]);
  });

  it('refuses a corrupt batch, be it one of markers', () => {
    for (const batch of [batchOf(0, 1, [0]), encodeMarker(0n, 1n, 'commit')]) {
      batch.writeUInt8(batch.readUInt8(30) ^ 1, 30);
      expect(() => take(cursorOf(0, 1), response(batch))).toThrow('is corrupt');
    }
  });

  it('accounts for every offset once, however the log is cut into batches, responses and ranges', () => {
    const step = fc.record({
      gap: fc.nat(3),
      span: fc.integer({ min: 1, max: 6 }),
      kept: fc.nat(63),
      what: fc.constantFrom('records', 'marker', 'aborted'),
    });
    const logs = fc.tuple(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(30), fc.nat(30), fc.nat(11));
    fc.assert(
      fc.property(logs, ([steps, first, second, cut]) => {
        let offset = 0;
        const kept: number[] = [];
        const log = steps.map(({ gap, span, kept: mask, what }) => {
          const base = offset + gap;
          offset = base + (what === 'marker' ? 1 : span);
          if (what === 'marker') return encodeMarker(BigInt(base), 9n, 'commit');
          const offsets = Array.from({ length: span }, (_, i) => base + i).filter((_, i) => mask & (1 << i));
          if (what === 'records') {
            kept.push(...offsets);
            return batchOf(base, offset, offsets);
          }
          return encodeRecordBatch({
            baseOffset: BigInt(base),
            lastOffsetDelta: span - 1,
            producerId: 5n,
            isTransactional: true,
            records: offsets.map((o) => ({ offsetDelta: o - base })),
          });
        });
        const [start, end] = [Math.min(first, second, offset), Math.min(Math.max(first, second), offset)];
        const cursor = cursorOf(start, end);
        const got: number[] = [];
        let accounted = 0;
        for (const part of [log.slice(0, cut), log.slice(cut)]) {
          if (cursor.isDone) break;
          const fetched = { ...response(...part), abortedTransactions: [{ producerId: 5n, firstOffset: 0n }] };
          for (const { records, dropped } of take(cursor, fetched)) {
            got.push(...records.map((record) => Number(record.offset)));
            accounted += records.length + Object.values(dropped).reduce((a, b) => a + b, 0);
          }
        }
        expect(got).toEqual(kept.filter((o) => o >= start && o < end));
        expect(accounted).toBe(end - start);
      }),
      propertyRuns(100),
    );
  });
});
