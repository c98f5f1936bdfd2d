import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import { openKafka } from '../../../src/kafka/open-kafka.ts';
import type { OffsetRange } from '../../../src/model/batch/offset-range.ts';
import { TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

async function valuesOf(range: OffsetRange): Promise<string[]> {
  const values: string[] = [];
  for await (const { records } of kafka.reader.readRange(range))
    values.push(...records.map(({ value }) => String(value)));
  return values;
}

async function failureOf(work: Promise<unknown>): Promise<BronzeError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof BronzeError)) throw new Error(`a BronzeError is expected, not ${String(outcome)}`);
  return outcome;
}

describe('offsets that are gone', () => {
  it('says which range and what the earliest offset is', async () => {
    const topic = await kafka.createTopic();
    await topic.send(...Array.from({ length: 10 }, (_, i) => ({ value: `v${i}` })));
    const range = await kafka.range(topic);
    await topic.deleteRecordsBefore(0, 4);
    expect((await kafka.reader.listOffsets(topic.name, { at: 'earliest' })).get(0)).toBe(4n);
    const failure = await failureOf(valuesOf(range));
    expect(failure.code).toBe('OFFSETS_LOST');
    expect(failure.message).toContain(`${topic.name}/0 [0, 10)`);
    expect(failure.message).toContain('earliest offset is 4');
    expect(await valuesOf(await kafka.range(topic))).toEqual(['v4', 'v5', 'v6', 'v7', 'v8', 'v9']);
  });
});

describe('topics that change', () => {
  it('sees partitions that are added', async () => {
    const topic = await kafka.createTopic({ partitions: 1 });
    const partitions = async (): Promise<readonly number[] | undefined> =>
      (await kafka.reader.describeTopics([topic.name])).get(topic.name)?.partitions;
    expect(await partitions()).toEqual([0]);
    await topic.growTo(3);
    await expect.poll(partitions).toEqual([0, 1, 2]);
    await expect
      .poll(async () => [...(await kafka.reader.listOffsets(topic.name, { at: 'latest' }))])
      .toEqual([[0, 0n], [1, 0n], [2, 0n]]); // prettier-ignore
    await topic.send({ value: 'new', partition: 2 });
    expect(await valuesOf(await kafka.range(topic, { partition: 2 }))).toEqual(['new']);
  });

  it('tells a recreated topic from its predecessor', async () => {
    const topic = await kafka.createTopic();
    await topic.send({ value: 'old' });
    const old = await kafka.range(topic);
    await topic.recreate();
    await topic.send({ value: 'new' });
    const recreated = await kafka.range(topic);
    expect(recreated.topicId).not.toBe(old.topicId);
    expect((await failureOf(valuesOf(old))).code).toBe('TOPIC_RECREATED');
    expect(await valuesOf(recreated)).toEqual(['new']);
  });

  it('says when a topic does not exist', async () => {
    const topic = await kafka.createTopic();
    await topic.send({ value: 'v' });
    const range = await kafka.range(topic);
    await topic.delete();
    expect((await failureOf(valuesOf(range))).code).toBe('TOPIC_NOT_FOUND');
    expect((await failureOf(kafka.reader.listOffsets(topic.name, { at: 'latest' }))).code).toBe('TOPIC_NOT_FOUND');
    expect((await kafka.reader.describeTopics([topic.name])).size).toBe(0);
  });

  it('matches names as a whole, and no internal topics', async () => {
    const topic = await kafka.createTopic();
    const prefix = topic.name.slice(0, -1);
    expect(await kafka.reader.matchTopics(`${prefix}.`)).toEqual([topic.name]);
    expect(await kafka.reader.matchTopics(prefix)).toEqual([]);
    expect((await kafka.reader.matchTopics('.*')).filter((name) => name.startsWith('__'))).toEqual([]);
  });
});

describe('offsets by timestamp', () => {
  it('gives the first record that is not older, and the end where there is none', async () => {
    const topic = await kafka.createTopic();
    for (const timestamp of ['1000', '2000', '3000']) await topic.send({ value: timestamp, timestamp });
    const at = async (timestampMs: number): Promise<bigint | undefined> =>
      (await kafka.reader.listOffsets(topic.name, { at: { timestampMs } })).get(0);
    expect(await at(0)).toBe(0n);
    expect(await at(2000)).toBe(1n);
    expect(await at(2001)).toBe(2n);
    expect(await at(3001)).toBe(3n);
  });
});

describe('an unreachable cluster', () => {
  it('fails at once where nothing listens, and names the address', async () => {
    const reader = openKafka({ bootstrapServers: ['127.0.0.1:1'] });
    const failure = await failureOf(reader.describeTopics(['any']));
    expect(failure.code).toBe('KAFKA_UNAVAILABLE');
    expect(failure.message).toContain('127.0.0.1:1');
    await reader.close();
  });

  it('fails in bounded time where somebody listens and never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const reader = openKafka({ bootstrapServers: [`127.0.0.1:${port}`] }, { requestTimeoutMs: 300 });
    const failure = await failureOf(reader.listOffsets('any', { at: 'latest' }));
    expect(failure.code).toBe('KAFKA_UNAVAILABLE');
    await reader.close();
    silent.close();
  });

  it('goes on to the next bootstrap server', async () => {
    const reader = openKafka({ bootstrapServers: ['127.0.0.1:1', ...kafka.bootstrapServers] });
    expect(await reader.describeTopics([])).toEqual(new Map());
    await expect(reader.matchTopics('none-such')).resolves.toEqual([]);
    await reader.close();
  });
});

describe('cancellation', () => {
  it('ends a reading with the reason of the signal', async () => {
    const topic = await kafka.createTopic();
    await topic.send({ value: 'v' });
    // An end beyond what exists: without the signal it would wait for the rest.
    const range = await kafka.range(topic, { end: 5 });
    const abort = new AbortController();
    const reason = new Error('stop');
    const read = async (): Promise<void> => {
      for await (const batch of kafka.reader.readRange(range, { signal: abort.signal })) {
        expect(batch.records).toHaveLength(1);
        setImmediate(() => abort.abort(reason));
      }
    };
    await expect(read()).rejects.toBe(reason);
  });
});
