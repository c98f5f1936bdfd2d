import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DropReason } from '../../../src/model/batch/batch.ts';
import type { KafkaRecord } from '../../../src/model/batch/kafka-record.ts';
import { offsetCount, type OffsetRange } from '../../../src/model/batch/offset-range.ts';
import type { ReadOptions } from '../../../src/kafka/kafka-reader.ts';
import { TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

interface Reading {
  readonly records: KafkaRecord[];
  readonly values: string[];
  readonly offsets: number[];
  readonly dropped: Partial<Record<DropReason, number>>;
}

/** Reads ranges and checks what holds for every reading: order, bounds, and that all offsets are accounted for. */
async function read(ranges: readonly OffsetRange[], options?: ReadOptions): Promise<Reading> {
  const records: KafkaRecord[] = [];
  const dropped: Partial<Record<DropReason, number>> = {};
  const next = new Map(ranges.map((range) => [range.partition, BigInt(range.startOffset)]));
  for await (const batch of kafka.reader.readRanges(ranges, options)) {
    const before = next.get(batch.partition) ?? -1n;
    let previous = before - 1n;
    for (const record of batch.records) {
      expect(record.partition).toBe(batch.partition);
      expect(record.offset).toBeGreaterThan(previous);
      previous = record.offset;
    }
    expect(batch.nextOffset).toBeGreaterThan(previous);
    const lost = Object.values(batch.dropped).reduce((a, b) => a + b, 0);
    expect(BigInt(batch.records.length + lost)).toBe(batch.nextOffset - before);
    next.set(batch.partition, batch.nextOffset);
    records.push(...batch.records);
    for (const [reason, count] of Object.entries(batch.dropped) as [DropReason, number][]) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    }
  }
  for (const range of ranges) expect(next.get(range.partition)).toBe(BigInt(range.endOffset));
  return {
    records,
    dropped,
    values: records.map(({ value }) => (value === null ? '<null>' : Buffer.from(value).toString())),
    offsets: records.map(({ offset }) => Number(offset)),
  };
}

function messages(count: number, prefix = 'v'): { value: string }[] {
  return Array.from({ length: count }, (_, i) => ({ value: `${prefix}${i}` }));
}

describe('plain topics', () => {
  it('reads every record of a range once, in order', async () => {
    const topic = await kafka.createTopic();
    for (let i = 0; i < 10; i++) await topic.send(...messages(100, `${i}-`));
    const { values, dropped } = await read([await kafka.range(topic)]);
    expect(values).toHaveLength(1000);
    expect(values[0]).toBe('0-0');
    expect(values.at(-1)).toBe('9-99');
    expect(dropped).toEqual({});
  });

  it('starts and ends in the middle of record batches', async () => {
    const topic = await kafka.createTopic();
    for (let i = 0; i < 3; i++) await topic.send(...messages(10, `${i}-`));
    const { values } = await read([await kafka.range(topic, { start: 7, end: 23 })]);
    expect(values).toHaveLength(16);
    expect([values[0], values.at(-1)]).toEqual(['0-7', '2-2']);
    expect((await read([await kafka.range(topic, { start: 12, end: 13 })])).values).toEqual(['1-2']);
  });

  it('keeps apart null, empty and present keys, values and headers', async () => {
    const topic = await kafka.createTopic();
    const noUtf8 = Buffer.from([0xff, 0x00, 0xfe]);
    await topic.send(
      { key: null, value: null },
      { key: '', value: '' },
      { key: 'k', value: noUtf8, headers: { a: 'x', b: '', twice: ['1', '2'] }, timestamp: '1700000000123' },
    );
    const { records } = await read([await kafka.range(topic)]);
    const [none, empty, full] = records;
    expect([none?.key, none?.value, none?.headers]).toEqual([null, null, []]);
    expect([empty?.key?.length, empty?.value?.length]).toEqual([0, 0]);
    expect(Buffer.from(full?.value ?? []).equals(noUtf8)).toBe(true);
    expect(full?.timestampMs).toBe(1700000000123n);
    expect(full?.timestampType).toBe('CreateTime');
    const headers = full?.headers.map(([key, value]) => [String(key), value === null ? null : String(value)]);
    expect(headers).toEqual([['a', 'x'], ['b', ''], ['twice', '1'], ['twice', '2']]); // prettier-ignore
  });

  it('reads several partitions at once', async () => {
    const topic = await kafka.createTopic({ partitions: 4 });
    for (let partition = 0; partition < 4; partition++) {
      await topic.send(...messages(100 * (partition + 1)).map((message) => ({ ...message, partition })));
    }
    const ranges = await Promise.all([0, 1, 2, 3].map((partition) => kafka.range(topic, { partition })));
    const { records } = await read(ranges);
    const perPartition = Map.groupBy(records, ({ partition }) => partition);
    expect([0, 1, 2, 3].map((partition) => perPartition.get(partition)?.length)).toEqual([100, 200, 300, 400]);
  });

  it('gets past record batches larger than a fetch may be', async () => {
    const topic = await kafka.createTopic({ partitions: 2 });
    for (let i = 0; i < 3; i++) {
      await topic.send({ value: 'x'.repeat(40_000) }, { value: 'y'.repeat(50_000), partition: 1 });
    }
    const ranges = await Promise.all([0, 1].map((partition) => kafka.range(topic, { partition })));
    const { records } = await read(ranges, { maxFetchBytes: 1000 });
    expect(records.filter(({ value }) => value?.length === 40_000)).toHaveLength(3);
    expect(records.filter(({ value }) => value?.length === 50_000)).toHaveLength(3);
  });

  it('reads a record of 10 MB', async () => {
    const topic = await kafka.createTopic({ config: { 'max.message.bytes': '20000000' } });
    const large = Buffer.alloc(10_000_000, 'abcdefg');
    await topic.send({ value: 'before' });
    await topic.send({ value: large });
    const { records } = await read([await kafka.range(topic)], { maxFetchBytes: 100_000 });
    expect(Buffer.from(records[1]?.value ?? []).equals(large)).toBe(true);
  });

  it('takes the timestamps of the broker where the topic says so', async () => {
    const topic = await kafka.createTopic({ config: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = BigInt(Date.now()) - 1000n;
    await topic.send({ value: 'a', timestamp: '1000' }, { value: 'b', timestamp: '2000' });
    const { records } = await read([await kafka.range(topic)]);
    expect(records.map(({ timestampType }) => timestampType)).toEqual(['LogAppendTime', 'LogAppendTime']);
    for (const { timestampMs } of records) expect(timestampMs).toBeGreaterThan(before);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'reads record batches that the broker compressed with %s',
    async (codec) => {
      const topic = await kafka.createTopic({ config: { 'compression.type': codec } });
      for (let i = 0; i < 3; i++) await topic.send(...messages(2000, `some text to repeat, and then ${i}-`));
      const { values } = await read([await kafka.range(topic, { start: 5 })]);
      expect(values).toHaveLength(5995);
      expect(values[0]).toBe('some text to repeat, and then 0-5');
      expect(values.at(-1)).toBe('some text to repeat, and then 2-1999');
    },
  );
});

describe('transactions', () => {
  it('delivers what was committed and counts the markers', async () => {
    const topic = await kafka.createTopic();
    const producer = await kafka.transactionalProducer();
    for (const prefix of ['a', 'b']) {
      const transaction = await producer.begin();
      await transaction.send(topic.name, ...messages(3, prefix));
      await transaction.commit();
    }
    const { values, dropped, offsets } = await read([await kafka.range(topic)]);
    expect(values).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
    expect(offsets).toEqual([0, 1, 2, 4, 5, 6]);
    expect(dropped).toEqual({ controlRecord: 2 });
  });

  it('leaves out what was aborted, though the producer commits and aborts by turns', async () => {
    const topic = await kafka.createTopic();
    const producer = await kafka.transactionalProducer();
    for (const [prefix, outcome] of [
      ['a', 'abort'],
      ['b', 'commit'],
      ['c', 'abort'],
      ['d', 'commit'],
    ] as const) {
      // prettier-ignore
      const transaction = await producer.begin();
      await transaction.send(topic.name, ...messages(2, prefix));
      await transaction.send(topic.name, ...messages(2, `${prefix}'`));
      await transaction[outcome]();
    }
    const range = await kafka.range(topic);
    const { values, dropped } = await read([range]);
    expect(values).toEqual(['b0', 'b1', "b'0", "b'1", 'd0', 'd1', "d'0", "d'1"]);
    expect(dropped).toEqual({ abortedTransaction: 8, controlRecord: 4 });

    const uncommitted = await read([range], { isolationLevel: 'read_uncommitted' });
    expect(uncommitted.values).toHaveLength(16);
    expect(uncommitted.dropped).toEqual({ controlRecord: 4 });
  });

  it('tells interleaved producers apart, wherever a range starts and however little a fetch takes', async () => {
    const topic = await kafka.createTopic();
    const [one, two] = [await kafka.transactionalProducer(), await kafka.transactionalProducer()];
    for (let round = 0; round < 3; round++) {
      const [a, b] = [await one.begin(), await two.begin()];
      for (let i = 0; i < 3; i++) {
        await a.send(topic.name, { value: `a${round}.${i}` });
        await b.send(topic.name, { value: `b${round}.${i}` });
        await topic.send({ value: `plain${round}.${i}` });
      }
      await (round % 2 === 0 ? a.abort() : a.commit());
      await topic.send({ value: `between${round}` });
      await (round % 2 === 0 ? b.commit() : b.abort());
    }
    const all = await kafka.range(topic);
    const expected = (await read([all])).values;
    expect(expected.filter((value) => value.startsWith('a'))).toEqual(['a1.0', 'a1.1', 'a1.2']);
    expect(expected.filter((value) => value.startsWith('b') && !value.startsWith('between'))).toHaveLength(6);
    expect(expected.filter((value) => value.startsWith('plain'))).toHaveLength(9);
    const whole = await read([all]);
    for (let start = 0; start <= Number(all.endOffset); start += 5) {
      const part = await read([await kafka.range(topic, { start })], { maxFetchBytes: 200 });
      expect(part.values).toEqual(whole.values.filter((_, i) => (whole.offsets[i] ?? 0) >= start));
    }
  });

  it('ends before an open transaction', async () => {
    const topic = await kafka.createTopic();
    await topic.send({ value: 'before' });
    const producer = await kafka.transactionalProducer();
    const open = await producer.begin();
    await open.send(topic.name, { value: 'open' });
    await topic.send({ value: 'after' });
    const latest = async (isolation: 'read_committed' | 'read_uncommitted'): Promise<bigint | undefined> =>
      (await kafka.reader.listOffsets(topic.name, { at: 'latest', isolation })).get(0);
    expect(await latest('read_committed')).toBe(1n);
    expect(await latest('read_uncommitted')).toBe(3n);
    expect((await read([await kafka.range(topic)])).values).toEqual(['before']);
    await open.abort();
    await expect.poll(() => latest('read_committed')).toBe(4n);
    const { values, dropped } = await read([await kafka.range(topic)]);
    expect(values).toEqual(['before', 'after']);
    expect(dropped).toEqual({ abortedTransaction: 1, controlRecord: 1 });
  });
});

describe('compacted topics', () => {
  it('counts what the cleaner took', async () => {
    const topic = await kafka.createTopic({
      config: {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.001',
        'max.compaction.lag.ms': '100',
      },
    });
    const rounds = 5;
    for (let round = 0; round < rounds; round++) {
      await topic.send(...messages(20, `${round}-`).map(({ value }, i) => ({ key: `k${i}`, value })));
    }
    let range = await kafka.range(topic);
    let reading = await read([range]);
    // Whatever was appended last stays; each further append lets the segment before it be cleaned.
    await expect
      .poll(
        async () => {
          await topic.send({ key: 'roll', value: 'x' });
          reading = await read([range]);
          return reading.dropped.compacted ?? 0;
        },
        { timeout: 300_000, interval: 1000 },
      )
      .toBe(20 * (rounds - 1));
    expect(reading.values).toEqual(messages(20, `${rounds - 1}-`).map(({ value }) => value));
    range = await kafka.range(topic, { start: 3, end: 90 });
    const part = await read([range]);
    expect(BigInt(part.records.length + (part.dropped.compacted ?? 0))).toBe(offsetCount(range));
    expect(part.values).toEqual(messages(10, `${rounds - 1}-`).map(({ value }) => value));
  });
});
