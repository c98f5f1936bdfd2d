import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import { runBronze, type BronzeRun } from '../../support/bronze-process.ts';
import { commitActions } from '../../support/delta-table.ts';
import { test } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import { queryLake } from '../../support/query-lake.ts';
import { sendSamples, type SampledTopic } from '../../support/sample-set.ts';
import { untilTrue } from '../../support/until-true.ts';

const rawColumns = [
  ['_raw_value', 'string'],
  ['_kafka_partition', 'integer'],
  ['_kafka_offset', 'long'],
  ['_kafka_timestamp', 'timestamp'],
  ['_ingested_at', 'timestamp'],
  ['_ingestion_date', 'string'],
];

const apiColumns = [
  ['event_id', 'string'],
  ['event_version', 'string'],
  ['event_timestamp', 'string'],
  ['tenant_id', 'string'],
  ['subscription', 'struct'],
  ['identity', 'struct'],
  ['request', 'struct'],
  ['response', 'struct'],
  ['client', 'struct'],
  ['geo', 'struct'],
  ['rate_limiting', 'struct'],
  ['abuse_signals', 'struct'],
  ['gateway', 'struct'],
  ['billing', 'struct'],
  ['_raw_value', 'string'],
  ['_is_valid', 'boolean'],
  ['_kafka_topic', 'string'],
  ['_kafka_partition', 'integer'],
  ['_kafka_offset', 'long'],
  ['_kafka_timestamp', 'timestamp'],
  ['_ingested_at', 'timestamp'],
  ['_row_hash', 'long'],
  ['_event_date', 'date'],
  ['_event_hour', 'integer'],
];

/** Columns and types as the log has them, and the partition columns. */
async function layoutOf(tableRoot: string): Promise<{ columns: unknown[][]; partitionColumns: readonly string[] }> {
  const state = await loadTableState(openObjectStore(tableRoot));
  const columns = state?.schema.fields.map(({ name, type }) => [name, typeof type === 'string' ? type : type.type]);
  return { columns: columns ?? [], partitionColumns: state?.partitionColumns ?? [] };
}

async function deadLettersByCode(tableRoot: string): Promise<Record<string, number>> {
  const rows = await queryLake(tableRoot, 'SELECT error_code, count(*)::INTEGER AS count FROM t GROUP BY error_code');
  return Object.fromEntries(rows.map((row) => [String(row['error_code']), Number(row['count'])]));
}

/** What a raw job cannot keep: text that is none, and tombstones. */
function rawDeadLetters({ defects }: Pick<SampledTopic, 'defects'>): Record<string, number> {
  return { INVALID_UTF8: defects.invalidUtf8 ?? 0, TOMBSTONE: defects.tombstone ?? 0 };
}

describe('rideshare-high-volume', () => {
  test('keeps GPS pings as they came, in the columns of the mission', async ({ kafka, worker: _worker, createJob }) => {
    const { topics } = await sendSamples(kafka, { job: 'rideshare-high-volume', records: 3000 });
    const [gps] = topics;
    const job = await createJob({ job: 'rideshare-high-volume', topics: [gps!.name] });
    await job.start();
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    const expected = rawDeadLetters(gps!);
    const deadLetters = expected['INVALID_UTF8']! + expected['TOMBSTONE']!;
    expect(deadLetters).toBeGreaterThan(0);
    expect(lanes[0]?.totals).toMatchObject({ rows: 3000 - deadLetters, deadLetters });
    expect(await deadLettersByCode(job.deadLettersOf(gps!.name))).toEqual(expected);
    expect(await layoutOf(job.tableOf(gps!.name))).toEqual({
      columns: rawColumns,
      partitionColumns: ['_ingestion_date'],
    });
    await job.expectVerified(3000);
  });
});

describe('rideshare-low-volume', () => {
  test('routes each of its seven topics to a table of its own', async ({ kafka, worker: _worker, createJob }) => {
    const { topics } = await sendSamples(kafka, { job: 'rideshare-low-volume', records: 2500 });
    expect(topics).toHaveLength(7);
    const job = await createJob({ job: 'rideshare-low-volume', topics: topics.map(({ name }) => name) });
    await job.start();
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    for (const topic of topics) {
      const expected = rawDeadLetters(topic);
      const deadLetters = expected['INVALID_UTF8']! + expected['TOMBSTONE']!;
      const lane = lanes.find((candidate) => candidate.topic === topic.name);
      expect(lane?.totals).toMatchObject({ rows: topic.records - deadLetters, deadLetters });
      expect(await layoutOf(job.tableOf(topic.name))).toEqual({
        columns: rawColumns,
        partitionColumns: ['_ingestion_date'],
      });
    }
    expect(new Set(lanes.map(({ table }) => table)).size).toBe(7);
    await job.expectVerified(2500);
  });

  test('a recreated topic and a table of another shape hold back no other topic', async ({
    kafka,
    worker: _worker,
    createJob,
  }) => {
    const topics = [];
    for (let index = 0; index < 5; index += 1) topics.push(await kafka.createTopic());
    const [recreated, misfit, ...healthy] = topics;
    for (const topic of topics) await topic.send(...numbered(50, 1));
    const job = await createJob({ job: 'rideshare-low-volume', topics: topics.map(({ name }) => name) });
    const store = openObjectStore(job.tableOf(misfit!.name));
    await commitActions(
      store,
      undefined,
      newTableActions({ schema: struct(field('body', 'string')), partitionColumns: [] }),
    );
    await job.start();
    const stateOf = async (name: string): Promise<string | undefined> => {
      const { lanes } = await job.jobs.progress(job.name);
      return lanes.find(({ topic }) => topic === name)?.error?.code;
    };
    await job.until(({ lanes }) => lanes[0]?.totals.rows === 50);
    await recreated!.recreate();
    await job.until(({ lanes }) => lanes[0]?.state === 'failed' && lanes[1]?.state === 'failed');
    for (const topic of healthy) await topic.send(...numbered(50, 1, 50));
    await job.until(({ lanes }) => lanes.slice(2).every(({ totals }) => totals.rows === 100));

    expect(await stateOf(recreated!.name)).toBe('TOPIC_RECREATED');
    expect(await stateOf(misfit!.name)).toBe('TABLE_SCHEMA_MISMATCH');
    const { state, lanes } = await job.jobs.stop(job.name);
    expect(state).toBe('completed');
    expect(lanes.map((lane) => lane.state)).toEqual(['failed', 'failed', 'completed', 'completed', 'completed']);
    const report = await job.verify(healthy.map(({ name }) => name));
    expect(report.differences).toEqual([]);
    expect(report.comparedRecords).toBe(300);
  });
});

/** How the engine of dead letters names what was made wrong in a sample. */
function parsedDeadLetters({ defects }: Pick<SampledTopic, 'defects'>): Record<string, number> {
  const { brokenJson, emptyValue, tombstone, invalidUtf8, missingField, wrongType } = defects;
  return {
    INVALID_JSON: brokenJson ?? 0,
    EMPTY_VALUE: emptyValue ?? 0,
    TOMBSTONE: tombstone ?? 0,
    INVALID_UTF8: invalidUtf8 ?? 0,
    REQUIRED_MISSING: missingField ?? 0,
    CAST_FAILED: wrongType ?? 0,
  };
}

describe('api-usage-events', () => {
  test('parses events into the columns of the mission, and logs the metrics of each batch', async ({
    kafka,
    worker,
    createJob,
    lakeFolder,
  }) => {
    const { topics } = await sendSamples(kafka, { job: 'api-usage-events', records: 3000 });
    const [api] = topics;
    const table = { path: `${lakeFolder}/api_usage_events` };
    const job = await createJob({ job: 'api-usage-events', topics: [api!.name], document: { table } });
    const loggedBefore = worker.output().length;
    await job.start();
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    const expected = parsedDeadLetters(api!);
    const deadLetters = Object.values(expected).reduce((sum, count) => sum + count, 0);
    expect(Object.values(expected)).not.toContain(0);
    expect(lanes[0]?.totals).toMatchObject({ rows: 3000 - deadLetters, deadLetters });
    expect(await deadLettersByCode(job.deadLettersOf(api!.name))).toEqual(expected);
    expect(await layoutOf(table.path)).toEqual({
      columns: apiColumns,
      partitionColumns: ['_event_date', '_event_hour'],
    });
    await job.expectVerified(3000);

    const distribution = [...(await kafka.reader.listOffsets(api!.name, { at: 'latest' }))]
      .toSorted(([left], [right]) => left - right)
      .map(([partition, end]) => `(${String(partition)}, ${String(end)})`);
    const logged = (): string[] =>
      worker
        .output()
        .slice(loggedBefore)
        .match(/^.* - Batch .*$/gm) ?? [];
    // A report that took too long is made once more.
    const distinct = (): string[] => [
      ...new Set(logged().map((line) => line.replace(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} - /, ''))),
    ];
    await untilTrue(() => Promise.resolve(distinct().length >= 2));
    expect(distinct()).toEqual([
      `Batch 0: total=3000, valid=${String(3000 - deadLetters)}, invalid=${String(deadLetters)}`,
      `Batch 0 partition distribution: [${distribution.join(', ')}]`,
    ]);
  });

  test('a dead letter has all that is needed to find its cause and to send it again', async ({
    kafka,
    worker: _worker,
    createJob,
  }) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    await topic.send(
      { partition: 1, key: 'good', value: '{"event_id":"1"}' },
      { partition: 1, key: 'tenant-7', value: '{"event_id":', headers: { trace: 'abc', tags: ['one', 'two'] } },
    );
    await topic.send(
      { partition: 0, key: Buffer.from([0xff, 0x00]), value: '{"event_id":"2","response":{"status_code":"fast"}}' },
      { partition: 0, key: null, value: null },
    );
    const job = await createJob({ job: 'api-usage-events', topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();

    const letters = await queryLake(
      job.deadLettersOf(topic.name),
      `SELECT topic, "partition", "offset"::INTEGER AS "offset", hex(key) AS key, hex(value) AS value, step, error_code,
        error_message, job, batch::INTEGER AS batch, schema_id, timestamp_type,
        abs(epoch_ms(now()) - epoch_ms("timestamp")) < 600000 AS is_recent,
        list_transform(headers, lambda h: decode(h.key) || '=' || decode(h.value)) AS headers
      FROM t ORDER BY "partition", "offset"`,
    );
    const hex = (text: string): string => Buffer.from(text).toString('hex').toUpperCase();
    const common = {
      topic: topic.name,
      job: 'api-usage-events',
      batch: 0,
      schema_id: null,
      timestamp_type: 'CreateTime',
      is_recent: true,
    };
    expect(letters).toEqual([
      {
        ...common,
        partition: 0,
        offset: 0,
        key: 'FF00',
        value: hex('{"event_id":"2","response":{"status_code":"fast"}}'),
        headers: [],
        step: 'parse',
        error_code: 'CAST_FAILED',
        error_message: expect.stringContaining('response.status_code') as string,
      },
      {
        ...common,
        partition: 0,
        offset: 1,
        key: null,
        value: null,
        headers: [],
        step: 'malformed',
        error_code: 'TOMBSTONE',
        error_message: 'the value is null (a tombstone)',
      },
      {
        ...common,
        partition: 1,
        offset: 1,
        key: hex('tenant-7'),
        value: hex('{"event_id":'),
        headers: ['trace=abc', 'tags=one', 'tags=two'],
        step: 'parse',
        error_code: 'INVALID_JSON',
        error_message: expect.stringMatching(/./) as string,
      },
    ]);
    await job.expectVerified(4);
  });

  test('starts from the command line of the mission, flag by flag', async ({
    kafka,
    worker,
    createJob,
    lakeFolder,
    taskQueue,
  }) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    const events = Array.from({ length: 60 }, (_, index) => ({
      partition: index % 2,
      value: JSON.stringify({ event_id: String(index), event_timestamp: '2026-01-27T10:30:00Z' }),
    }));
    await topic.send(...events, { partition: 0, value: 'broken' });
    const table = { path: `${lakeFolder}/output` };
    const deadLetter = { path: `${lakeFolder}/rejected` };
    // What the flags below stand for: this job is only looked at, the command line starts it.
    const job = await createJob({ job: 'api-usage-events', topics: [topic.name], document: { table, deadLetter } });
    const loggedBefore = worker.output().length;
    const outcome = await runBronze([
      ...['start', 'api-usage-events', '--workflow-id', job.name, '--task-queue', taskQueue],
      ...['--kafka-brokers', kafka.bootstrapServers.join(',')],
      ...['--kafka-topic', topic.name],
      ...['--checkpoint-path', `${lakeFolder}/checkpoints`],
      ...['--output-path', table.path],
      ...['--dlq-path', deadLetter.path],
      ...['--trigger-interval', '1 second'],
      ...['--starting-offsets', JSON.stringify({ [topic.name]: { 0: 10, 1: 'earliest' } })],
      ...['--max-offsets-per-trigger', '40', '--with-metrics'],
    ]);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining(`started ${job.name}`) as string });
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    // 31 and 30 records, the first 10 of one partition skipped, at most 40 per batch.
    expect(lanes[0]).toMatchObject({ table: table.path, totals: { batches: 2, rows: 50, deadLetters: 1 } });
    expect(await layoutOf(table.path)).toEqual({
      columns: apiColumns,
      partitionColumns: ['_event_date', '_event_hour'],
    });
    expect(await deadLettersByCode(deadLetter.path)).toEqual({ INVALID_JSON: 1 });
    await job.expectVerified(51);
    const mirror = join(lakeFolder, 'checkpoints', topic.name);
    const [offsets = ''] = (await readFile(join(mirror, 'offsets', '1'), 'utf8')).split('\n');
    expect(JSON.parse(offsets)).toEqual({ [topic.name]: { 0: 31, 1: 30 } });
    const { version } = lanes[0]?.lastBatch ?? {};
    expect(JSON.parse(await readFile(join(mirror, 'commits', '1'), 'utf8'))).toMatchObject({ version });
    await untilTrue(() =>
      Promise.resolve(worker.output().slice(loggedBefore).includes('Batch 1 partition distribution')),
    );
  });

  test('--starting-offsets latest and availableNow: what is there already is left out, and the command ends with the job', async ({
    kafka,
    worker: _worker,
    createJob,
    lakeFolder,
    taskQueue,
  }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(20, 1));
    const table = { path: `${lakeFolder}/output` };
    const job = await createJob({ job: 'api-usage-events', topics: [topic.name], document: { table } });
    const run = async (named: string, ...flags: string[]): Promise<BronzeRun> =>
      runBronze([
        ...['start', named, '--workflow-id', job.name, '--task-queue', taskQueue, '--wait', '--json'],
        ...['--kafka-brokers', kafka.bootstrapServers.join(','), '--kafka-topic', topic.name],
        ...['--output-path', table.path, '--dlq-path', job.deadLettersOf(topic.name)],
        ...['--trigger-interval', 'availableNow', ...flags],
      ]);
    expect(await run('api-usage-events', '--starting-offsets', 'latest')).toMatchObject({ code: 0 });
    await topic.send({ value: '{"event_id":"new"}' });
    // The table knows where to go on by now, so the flag no longer matters.
    const second = await run(join(packagedJobsFolder, 'api-usage-events.yaml'), '--starting-offsets', 'earliest');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ lanes: [{ totals: { rows: 1, deadLetters: 0 } }] });
    expect(await queryLake(table.path, 'SELECT event_id, _kafka_offset FROM t')).toEqual([
      { event_id: 'new', _kafka_offset: '20' },
    ]);
  });
});
