import { expect, test } from 'vitest';
import { cutBatches, type ProducedRecord } from '../../../src/kafka/produced-record.ts';

const record = (bytes: number): ProducedRecord => ({
  ...{ partition: 0, timestampMs: 0n, key: null, headers: [] },
  value: Buffer.alloc(bytes),
});

test('batches stay below what brokers take, in order, and a larger record is alone', () => {
  const records = [record(300_000), record(300_000), record(100_000), record(10_000_000), record(1)];
  const batches = [...cutBatches(records)];
  expect(batches.map((batch) => batch.map(({ value }) => value?.length))).toEqual([
    [300_000],
    [300_000, 100_000],
    [10_000_000],
    [1],
  ]);
  expect(batches.flat()).toEqual(records);
  expect([...cutBatches([])]).toEqual([]);
});
