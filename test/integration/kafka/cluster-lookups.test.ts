import { tracingChannel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openKafka } from '../../../src/kafka/open-kafka.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

/** Numbers of the APIs that the client library is asked for from now on. */
function requestsFromNow(): readonly unknown[] {
  const seen: unknown[] = [];
  const requests = tracingChannel<string, object>('plt:kafka:connections:api').start;
  const note = (message: unknown): void => {
    if (typeof message === 'object' && message !== null) seen.push(Reflect.get(message, 'apiKey'));
  };
  requests.subscribe(note);
  onTestFinished(() => {
    requests.unsubscribe(note);
  });
  return seen;
}

const [listOffsets, metadata] = [2, 3];

describe('lanes that look at their topics at the same time', () => {
  it('take a request for all of them, and each sees its own topic', async () => {
    const topics: TestTopic[] = [];
    for (const partitions of [1, 2, 3]) topics.push(await kafka.createTopic({ partitions }));
    for (const [index, topic] of topics.entries())
      await topic.send(...Array.from({ length: index + 1 }, () => ({ value: 'v' })));
    const reader = openKafka(kafka);
    onTestFinished(() => reader.close());
    await reader.listOffsets(topics[0]!.name, { at: 'latest' });

    const requests = requestsFromNow();
    const looks = await Promise.all(
      topics.map(async ({ name }) => {
        const [described, ends] = await Promise.all([
          reader.describeTopics([name]),
          reader.listOffsets(name, { at: 'latest' }),
        ]);
        return [described.get(name)?.partitions, [...ends.values()]];
      }),
    );
    expect(looks).toEqual([
      [[0], [1n]],
      [
        [0, 1],
        [2n, 0n],
      ],
      [
        [0, 1, 2],
        [3n, 0n, 0n],
      ],
    ]);
    const count = (api: number | undefined): number => requests.filter((request) => request === api).length;
    expect(count(metadata)).toBe(1);
    expect(count(listOffsets)).toBe(1);
  });

  it('do not share the trouble of one', async () => {
    const [topic, gone] = [await kafka.createTopic(), await kafka.createTopic()];
    await gone.delete();
    await topic.send({ value: 'v' });
    const outcomes = await Promise.allSettled(
      [topic.name, gone.name, 'no topic can have this name'].map((name) =>
        kafka.reader.listOffsets(name, { at: 'latest' }),
      ),
    );
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: new Map([[0, 1n]]) },
      { status: 'rejected', reason: { code: 'TOPIC_NOT_FOUND' } },
      { status: 'rejected', reason: { code: 'TOPIC_NOT_FOUND' } },
    ]);
  });

  it('about the same topic from different times', async () => {
    const topic = await kafka.createTopic();
    await topic.send(
      { value: 'a', timestamp: '1000' },
      { value: 'b', timestamp: '2000' },
      { value: 'c', timestamp: '3000' },
    );
    const offsets = await Promise.all(
      [500, 1500, 2500, 3500].map((timestampMs) => kafka.reader.listOffsets(topic.name, { at: { timestampMs } })),
    );
    expect(offsets.map((found) => found.get(0))).toEqual([0n, 1n, 2n, 3n]);
  });
});
