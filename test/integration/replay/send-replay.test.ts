import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TransactionalProducer } from '../../../src/kafka/transactional-producer.ts';
import { readReplayPlan, replayPaths, type ReplayDecision, type ReplayPlan } from '../../../src/lake/replay-files.ts';
import { defaultEngineMemoryBytes } from '../../../src/engine/engine-memory.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import type { KafkaRecord } from '../../../src/model/batch/kafka-record.ts';
import type { ReplayChoice, ReplayProgress, ReplayShare } from '../../../src/model/requests/replay-requests.ts';
import { field } from '../../../src/model/table/table-schema.ts';
import { createJson } from '../../../src/replay/create-json.ts';
import { planReplay } from '../../../src/replay/plan-replay.ts';
import { sendReplay } from '../../../src/replay/send-replay.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { addDeadLetters, type LetterParts } from '../../support/dead-letter-table.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';
import { jobSpec } from '../../support/run-pipeline.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;
const { signal } = new AbortController();

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

/** A job that wants a number, and dead letters of its topic. */
class Replayed {
  readonly topic: TestTopic;
  readonly spec: JobSpec;
  readonly #folder: string;

  private constructor(topic: TestTopic, folder: string) {
    this.topic = topic;
    this.#folder = folder;
    const parse = { format: 'json', schema: [field('id', 'long')], onCastFailure: 'reject' } as const;
    const spec = jobSpec({ parse }, join(folder, 'table'));
    const topics = { kind: 'list', topics: [topic.name] } as const;
    this.spec = { ...spec, source: { ...spec.source, bootstrapServers: kafka.bootstrapServers, topics } };
  }

  static async create(
    letters: readonly Omit<LetterParts, 'topic'>[],
    options: { readonly partitions?: number } = {},
  ): Promise<Replayed> {
    const replayed = new Replayed(await kafka.createTopic(options), await scratchFolder());
    await replayed.add(letters);
    return replayed;
  }

  async add(letters: readonly Omit<LetterParts, 'topic'>[]): Promise<void> {
    await addDeadLetters(
      this.spec.deadLetter.path,
      letters.map((letter) => ({ topic: this.topic.name, ...letter })),
    );
  }

  async plan(choice: ReplayChoice = {}, replayId: string = randomUUID()): Promise<ReplayShare> {
    const folders = { scratchFolder: join(this.#folder, randomUUID()), memoryBytes: defaultEngineMemoryBytes };
    const limits = { bytes: 1 << 20, records: 2 };
    const request = { spec: this.spec, choice, replayId, workflowId: 'a-replay', limits, ...folders };
    const [share] = await planReplay(request, signal);
    if (!share) throw new Error('no share');
    return share;
  }

  async written({ replayId }: ReplayShare): Promise<ReplayPlan> {
    const plan = await readReplayPlan(openObjectStore(this.spec.deadLetter.path), replayId);
    if (!plan) throw new Error('no plan');
    return plan;
  }

  /** One chunk. */
  send(share: ReplayShare): Promise<ReplayProgress> {
    return sendReplay({ spec: this.spec, share, memoryBytes: defaultEngineMemoryBytes, sliceMs: 0 }, signal);
  }

  async sendAll(share: ReplayShare): Promise<ReplayProgress> {
    for (;;) {
      const progress = await this.send(share);
      if (progress.isDone) return progress;
    }
  }

  /** What is in the topic, as readers of committed records see it. */
  async records(topic: TestTopic = this.topic): Promise<readonly KafkaRecord[]> {
    const records: KafkaRecord[] = [];
    const { partitions = [] } = (await kafka.reader.describeTopics([topic.name])).get(topic.name) ?? {};
    for (const partition of partitions) {
      const range = await kafka.range(topic, { partition });
      for await (const batch of kafka.reader.readRange(range)) records.push(...batch.records);
    }
    return records;
  }

  async values(): Promise<readonly string[]> {
    return (await this.records()).map(({ value }) => String(value && Buffer.from(value)));
  }
}

const numbers = (count: number): { offset: number; value: string }[] =>
  Array.from({ length: count }, (_, offset) => ({ offset, value: `{"id":${offset}}` }));

const valuesOf = (count: number): string[] => numbers(count).map(({ value }) => value);

describe('what is sent', () => {
  test('is the record byte for byte: key, value, timestamp, and headers in their order', async () => {
    const headers = [
      ['b', '1'],
      ['a', null],
      ['7', Buffer.from([0xff, 0x00])],
      ['b', ''],
      [Buffer.from([0xfe]), '2'],
    ] as const;
    const timestampMs = Date.UTC(2026, 10, 19, 1, 2, 3, 4);
    const replayed = await Replayed.create(
      [
        { offset: 5, partition: 1, key: Buffer.from([0, 1, 255]), value: '{"id":1}', headers, timestampMs },
        { offset: 9, partition: 0, key: '', value: '{"id":2}', timestampMs: timestampMs + 1 },
      ],
      { partitions: 2 },
    );
    const progress = await replayed.sendAll(await replayed.plan());

    expect(progress).toMatchObject({ counts: { sent: { CAST_FAILED: 2 }, kept: {}, dropped: 0 } });
    const records = await replayed.records();
    expect(records.map(({ partition, timestampMs: time }) => [partition, time])).toEqual([
      [0, BigInt(timestampMs + 1)],
      [1, BigInt(timestampMs)],
    ]);
    expect(records[0]).toMatchObject({ key: Buffer.from(''), headers: [] });
    expect(records[1]).toMatchObject({
      key: Buffer.from([0, 1, 255]),
      value: Buffer.from('{"id":1}'),
      headers: headers.map(([name, content]) => [Buffer.from(name), content === null ? null : Buffer.from(content)]),
    });
  });

  test('is what the job would make a row of, unless all is asked for', async () => {
    const letters = [
      { offset: 0, value: '{"id":1}' },
      { offset: 1, value: '{"id":"x"}', code: 'INVALID_JSON' },
      { offset: 2, value: '{' },
      { offset: 3, value: null, code: 'TOMBSTONE' },
      { offset: 4, value: '{"id":5}', code: 'LATE_RECORD', step: 'outputs.windows' },
      { offset: 5, redacted: true },
      { offset: 6, value: '{"id":7}', job: 'another-job' },
    ];
    const replayed = await Replayed.create(letters);
    const share = await replayed.plan();
    expect(share.choice).toEqual({ chosen: 6, eligible: 4, left: { late: 1, redacted: 1 } });
    expect((await replayed.sendAll(share)).counts).toEqual({
      sent: { CAST_FAILED: 1 },
      kept: { CAST_FAILED: 1, INVALID_JSON: 1, TOMBSTONE: 1 },
      dropped: 0,
    });
    expect(await replayed.values()).toEqual(['{"id":1}']);

    const rest = await replayed.plan({ all: true });
    expect(rest.choice).toEqual({ chosen: 6, eligible: 4, left: { replayed: 1, redacted: 1 } });
    await replayed.sendAll(rest);
    expect(await replayed.values()).toEqual(['{"id":1}', '{"id":"x"}', '{', 'null', '{"id":5}']);
    expect((await replayed.plan({ all: true })).chunks).toBe(0);
    expect((await replayed.plan({ all: true, again: true })).choice.eligible).toBe(5);
  });

  test('ends with the limit, and the next replay goes on there', async () => {
    const replayed = await Replayed.create(numbers(5));
    await replayed.sendAll(await replayed.plan({ limit: 3 }));
    expect(await replayed.values()).toEqual(valuesOf(3));
    await replayed.sendAll(await replayed.plan({ where: `error_code = 'CAST_FAILED' -- all` }));
    expect(await replayed.values()).toEqual(valuesOf(5));
  });

  test('is a record once that a reset made a dead letter twice, but both of a topic that was made again', async () => {
    const timestampMs = Date.now();
    const replayed = await Replayed.create([
      { offset: 0, value: '{"id":1}', timestampMs },
      { offset: 0, value: '{"id":1}', timestampMs, batch: 4 },
      { offset: 0, value: '{"id":2}', timestampMs: timestampMs + 1, batch: 7 },
    ]);
    await replayed.sendAll(await replayed.plan());
    expect(await replayed.values()).toEqual(['{"id":1}', '{"id":2}']);
    await replayed.add([{ offset: 0, value: '{"id":1}', timestampMs, batch: 9 }]);
    expect((await replayed.plan()).choice).toEqual({ chosen: 2, eligible: 0, left: { replayed: 2 } });
  });

  test('goes to the topic that is named, also when the one that it came from is gone', async () => {
    const replayed = await Replayed.create(numbers(3));
    const other = await kafka.createTopic();
    await replayed.topic.delete();
    await expect(replayed.plan()).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await replayed.sendAll(await replayed.plan({ toTopic: other.name, timestamp: 'now' }));
    expect(await replayed.records(other)).toHaveLength(3);
  });

  test('may be larger than brokers take uncompressed', async () => {
    const value = `{"id":1,"x":"${'y'.repeat(10_000_000)}"}`;
    const replayed = await Replayed.create([
      { offset: 0, value },
      { offset: 1, value: '{"id":2}' },
    ]);
    await replayed.sendAll(await replayed.plan());
    expect((await replayed.records()).map((record) => record.value?.length)).toEqual([value.length, 8]);
  });
});

describe('what is refused', () => {
  test('records that Kafka would delete at once, a condition that is none, a table that is not there', async () => {
    const replayed = await Replayed.create([{ offset: 0, value: '{"id":1}', timestampMs: Date.UTC(2020, 1) }]);
    const shortLived = await kafka.createTopic({ config: { 'retention.ms': '3600000' } });
    const toShortLived = { toTopic: shortLived.name };
    await expect(replayed.plan(toShortLived)).rejects.toThrow(/1 of these dead letters are older/);
    await replayed.sendAll(await replayed.plan({ ...toShortLived, timestamp: 'now' }));
    expect(await replayed.records(shortLived)).toHaveLength(1);

    await expect(replayed.plan({ where: 'eror_code = 1' })).rejects.toThrow(/error_code/);
    await expect(replayed.plan({ where: 'true); SELECT (1' })).rejects.toMatchObject({ code: 'USAGE' });
    const read = `(SELECT count(*) FROM read_text('/etc/hostname')) > 0`;
    await expect(replayed.plan({ where: read })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(replayed.plan({ where: 'CAST(error_message AS INTEGER) = 1' })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(replayed.plan({ topics: ['other'] })).rejects.toMatchObject({ code: 'USAGE' });
    const { deadLetter } = replayed.spec;
    const elsewhere = { ...replayed.spec, deadLetter: { path: `${deadLetter.path}-none` } };
    Object.assign(replayed, { spec: elsewhere });
    await expect(replayed.plan()).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });
});

describe('an attempt', () => {
  test('that dies after its commit, before it answers, is not repeated', async () => {
    const replayed = await Replayed.create(numbers(5));
    const share = await replayed.plan();
    expect(share.chunks).toBe(3);
    await replayed.send(share);
    // Nobody heard of it: the next one is told by Kafka alone.
    expect((await replayed.sendAll(share)).counts.sent).toEqual({ CAST_FAILED: 5 });
    expect(await replayed.values()).toEqual(valuesOf(5));
    // Also when all is done.
    expect(await replayed.send(share)).toMatchObject({ isDone: true, doneChunks: 3 });
    expect(await replayed.values()).toEqual(valuesOf(5));
  });

  test('that sleeps in the middle of its transaction leaves nothing, however late it wakes up', async () => {
    const replayed = await Replayed.create(numbers(4));
    const share = await replayed.plan();
    await replayed.send(share);
    const { transactionalId, groupId } = await replayed.written(share);
    const sleeper = await kafka.transactionalProducer(transactionalId);
    const transaction = await sleeper.begin();
    await transaction.send(replayed.topic.name, { value: 'from the sleeper' });
    await replayed.sendAll(share);
    await expect(transaction.commit()).rejects.toThrow();
    await sleeper.close();

    const late = await TransactionalProducer.open(replayed.spec.source, { transactionalId, groupId, signal });
    await replayed.send(share);
    const record = { partition: 0, timestampMs: 1n, key: null, value: Buffer.from('late'), headers: [] };
    await expect(late.transact(replayed.topic.name, [record], 3n)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    await late.close();
    expect(await replayed.values()).toEqual(valuesOf(4));
  });

  test('sends what an attempt before it decided that died before its transaction', async () => {
    const replayed = await Replayed.create(numbers(4));
    const share = await replayed.plan();
    await replayed.send(share);
    const decision: ReplayDecision = {
      ...{ job: replayed.spec.name, topic: replayed.topic.name, decidedAt: new Date().toISOString() },
      sent: [{ partition: 0, batch: 1, offsets: '3' }],
      counts: { sent: { CAST_FAILED: 3 }, kept: { CAST_FAILED: 1 }, dropped: 0 },
    };
    const store = openObjectStore(replayed.spec.deadLetter.path);
    await createJson(store, replayPaths.decision(share.replayId, 1), decision);
    expect(await replayed.send(share)).toEqual({ doneChunks: 2, isDone: true, counts: decision.counts });
    expect(await replayed.values()).toEqual(['{"id":0}', '{"id":1}', '{"id":3}']);
  });

  test('of a replay that another one overtook sends nothing more, and the other one knows what it sent', async () => {
    const replayed = await Replayed.create(numbers(5));
    const first = await replayed.plan();
    await replayed.send(first);
    const second = await replayed.plan();
    expect(second.choice).toEqual({ chosen: 5, eligible: 3, left: { replayed: 2 } });
    await expect(replayed.send(first)).rejects.toMatchObject({ code: 'REPLAY_OVERTAKEN' });
    await replayed.sendAll(second);
    expect(await replayed.values()).toEqual(valuesOf(5));
  });

  test('of a replay whose progress Kafka has forgotten sends nothing', async () => {
    const replayed = await Replayed.create(numbers(3));
    const share = await replayed.plan();
    await replayed.send(share);
    const { groupId } = await replayed.written(share);
    await kafka.admin.deleteGroups([groupId]);
    await expect(replayed.send(share)).rejects.toMatchObject({ code: 'REPLAY_PROGRESS_LOST' });
    expect((await replayed.plan()).choice.left).toEqual({ replayed: 2 });
  });

  test('finds the plan that an attempt before it made', async () => {
    const replayed = await Replayed.create(numbers(3));
    const share = await replayed.plan();
    await replayed.add([{ offset: 7, value: '{"id":7}' }]);
    expect(await replayed.plan({ limit: 1 }, share.replayId)).toEqual(share);
  });
});
