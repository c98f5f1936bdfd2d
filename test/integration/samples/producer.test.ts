import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { produceSamples, type SampleProgress, type SampleRequest } from '../../../src/samples/producer.ts';
import { sampleRecord } from '../../../src/samples/sample-records.ts';
import { sampleTopics, type SampleTopic } from '../../../src/samples/topics.ts';
import { TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;
const prefixes: string[] = [];

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(async () => {
  const topics = (await kafka.admin.listTopics()).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  if (topics.length > 0) await kafka.admin.deleteTopics({ topics });
  await kafka.close();
});

function request(topics: readonly SampleTopic[], rest: Partial<SampleRequest>): SampleRequest {
  const topicPrefix = `test-${randomUUID()}-`;
  prefixes.push(topicPrefix);
  return { bootstrapServers: kafka.bootstrapServers, topics, topicPrefix, seed: 5, ...rest };
}

/** Every value of a topic, in order of partition and offset. */
async function valuesIn(topic: string): Promise<(string | null)[]> {
  const description = (await kafka.reader.describeTopics([topic])).get(topic);
  const latest = await kafka.reader.listOffsets(topic, { at: 'latest' });
  const ranges = [...latest].map(([partition, end]) => ({
    topic,
    topicId: description?.topicId ?? '',
    partition,
    startOffset: '0' as const,
    endOffset: `${end}` as const,
  }));
  const values: (string | null)[] = [];
  for await (const { records } of kafka.reader.readRanges(ranges)) {
    for (const { value } of records) values.push(value === null ? null : Buffer.from(value).toString('latin1'));
  }
  return values;
}

describe('produceSamples', () => {
  it('creates the topics with their partitions and sends exactly the samples asked for', async () => {
    const asked = request(sampleTopics, { records: 2000 });
    const reports: SampleProgress[] = [];
    const total = await produceSamples({ ...asked, onProgress: (soFar) => reports.push(soFar) });
    expect(total.records).toBe(2000);
    expect(total.createdTopics).toHaveLength(sampleTopics.length);
    expect(reports.at(-1)).toEqual(total);
    for (const { name, partitions } of sampleTopics) {
      const topic = `${asked.topicPrefix ?? ''}${name}`;
      const count = total.byTopic[topic] ?? 0;
      expect((await kafka.reader.describeTopics([topic])).get(topic)?.partitions).toHaveLength(partitions);
      const expected = Array.from(
        { length: count },
        (_, i) => sampleRecord(name, 5, i).value?.toString('latin1') ?? null,
      );
      expect(await valuesIn(topic)).toHaveLength(count);
      expect((await valuesIn(topic)).toSorted()).toEqual(expected.toSorted());
    }
  });

  it('goes on at an index, into topics that exist', async () => {
    const [gps] = sampleTopics;
    if (!gps) throw new Error('no sample topics');
    const asked = request([gps], { records: 30, compression: 'gzip' });
    await produceSamples(asked);
    const more = await produceSamples({ ...asked, firstIndex: 30, records: 20 });
    expect(more.createdTopics).toEqual([]);
    const expected = Array.from(
      { length: 50 },
      (_, i) => sampleRecord('gps_pings', 5, i).value?.toString('latin1') ?? null,
    );
    expect((await valuesIn(`${asked.topicPrefix ?? ''}gps_pings`)).toSorted()).toEqual(expected.toSorted());
  });

  it('goes on behind what the topics hold, as if it had never ended', async () => {
    const topics = sampleTopics.filter(({ name }) => name === 'events' || name === 'gps_pings');
    const asked = request(topics, { records: 120, firstIndex: 'end' });
    await produceSamples(asked);
    await produceSamples({ ...asked, records: 60 });
    const whole = request(topics, { records: 180 });
    await produceSamples(whole);
    for (const { name } of topics)
      expect(await valuesIn(`${asked.topicPrefix ?? ''}${name}`)).toEqual(
        await valuesIn(`${whole.topicPrefix ?? ''}${name}`),
      );
  });

  it('keeps a rate, and ends when it is told to', async () => {
    const stop = new AbortController();
    const startedAtMs = performance.now();
    const isInTime = (records: number): boolean => (performance.now() - startedAtMs) * 0.2 + 20 >= records;
    const inTime: boolean[] = [];
    const total = await produceSamples(
      request(sampleTopics, {
        ratePerSecond: 200,
        signal: stop.signal,
        onProgress: ({ records }) => {
          inTime.push(isInTime(records));
          if (records >= 100) stop.abort();
        },
      }),
    );
    expect(total.records).toBeGreaterThanOrEqual(100);
    expect(new Set(inTime)).toEqual(new Set([true]));
  });

  it('says that the cluster cannot be reached', async () => {
    const asked = { ...request(sampleTopics, { records: 1 }), bootstrapServers: ['127.0.0.1:1'] };
    await expect(produceSamples(asked)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  });
});
