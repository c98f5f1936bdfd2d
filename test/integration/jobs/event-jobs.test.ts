import { describe, expect } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { runQuery } from '../../../src/lake/query/query.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import { deviceEventFates, expectedOutcome, userEventFates } from '../../support/sample-fates.ts';
import { useTestBucket } from '../../support/s3.ts';
import { sendSamples } from '../../support/sample-set.ts';

const bucket = useTestBucket();

/** Rows that hold any of what is to be scrubbed, whichever column it is in. */
const plainPersonalData = `SELECT count(*)::INTEGER AS found FROM t AS t
  WHERE regexp_matches(CAST(t AS VARCHAR), 'Geheim|customers\\.example\\.com|\\+49151|19\\d\\d-0\\d-1\\d')`;

async function deadLettersByCode(tableRoot: string): Promise<Record<string, number>> {
  const rows = await queryLake(tableRoot, 'SELECT error_code, count(*)::INTEGER AS count FROM t GROUP BY error_code');
  return Object.fromEntries(rows.map((row) => [String(row['error_code']), Number(row['count'])]));
}

describe('dev-topic', () => {
  test('decodes Protobuf messages of devices into typed columns, by date, in a store that speaks S3', async ({
    kafka,
    createJob,
  }) => {
    const { topics } = await sendSamples(kafka, { job: 'dev-topic', records: 2500 });
    const [devices] = topics;
    const lake = bucket.newRoot();
    const document = { table: { path: `${lake}/dev_topic` }, deadLetter: { path: `${lake}/dlq_dev_topic` } };
    const job = await createJob({ job: 'dev-topic', topics: [devices!.name], document });
    await job.start();
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    const expected = expectedOutcome(deviceEventFates, devices!);
    expect(lanes[0]?.totals).toMatchObject({ rows: expected.rows, drops: expected.drops });
    const query = (sql: string): Promise<unknown[][]> =>
      runQuery(sql, { lake }, async ({ blocks }) => {
        const rows: unknown[][] = [];
        for await (const block of blocks) rows.push(...block.map((row) => [...row]));
        return rows;
      });
    const codes = await query('SELECT error_code, count(*)::INTEGER FROM dlq_dev_topic GROUP BY 1');
    expect(Object.fromEntries(codes)).toEqual(expected.deadLettersByCode);
    const checks = [
      'count(*) = count(DISTINCT event_id)',
      'bool_and(device_key = device.id)',
      'bool_and(event_date = CAST(make_timestamp(epoch_us(event_time)) AS DATE))',
      'count(_trace_id) BETWEEN 1 AND count(*) - 1',
      'max(sequence) < 2500',
    ];
    expect(await query(`SELECT count(*)::INTEGER, ${checks.join(', ')} FROM dev_topic`)).toEqual([
      [expected.rows, ...checks.map(() => true)],
    ]);
    expect((await loadTableState(openObjectStore(`${lake}/dev_topic`)))?.partitionColumns).toEqual(['event_date']);
    await job.expectVerified(2500);
  });
});

test('rows and dead letters that do not show what they were made of are verified by their offsets', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic();
  await topic.send({ key: 'k', value: 'v' }, { key: 'k', value: null }, { key: Buffer.from([0xff]), value: 'v' });
  const metadata = { _raw_value: 'value', _key: 'key', _kafka_partition: 'partition', _kafka_offset: 'offset' };
  const scrub = { fields: { _key: { method: 'hash' } }, rawValue: 'redact' };
  const steps = { parse: { format: 'raw' }, metadata, scrub };
  const table = { path: `${lakeFolder}/scrubbed`, partitionBy: [] };
  const job = await createJob({ topics: [topic.name], document: { steps, table } });
  await job.start();
  await job.untilCaughtUp();

  await job.expectVerified(3);
});

describe('event-pipeline', () => {
  test('takes events with every kind of dirt through all steps, over several micro-batches', async ({
    kafka,
    createJob,
  }) => {
    const first = await sendSamples(kafka, { job: 'event-pipeline', records: 2500 });
    const [topic] = first.topics;
    const job = await createJob({ job: 'event-pipeline', topics: [topic!.name] });
    await job.start();
    await job.untilCaughtUp();
    const second = await sendSamples(kafka, {
      job: 'event-pipeline',
      records: 1500,
      prefix: first.prefix,
      firstIndex: 2500,
    });
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    const [one, two] = [topic!, second.topics[0]!].map((sent) => expectedOutcome(userEventFates, sent));
    const sum = (left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>) =>
      Object.fromEntries(
        [...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [
          key,
          (left[key] ?? 0) + (right[key] ?? 0),
        ]),
      );
    const [table, deadLetters] = [job.tableOf(topic!.name), job.deadLettersOf(topic!.name)];
    expect(lanes[0]?.totals).toMatchObject({ rows: one!.rows + two!.rows, drops: sum(one!.drops, two!.drops) });
    expect(lanes[0]?.totals.batches).toBeGreaterThanOrEqual(2);
    expect(await deadLettersByCode(deadLetters)).toEqual(sum(one!.deadLettersByCode, two!.deadLettersByCode));

    expect((await loadTableState(openObjectStore(table)))?.partitionColumns).toEqual(['dt', 'hr']);
    for (const root of [table, deadLetters]) expect(await queryLake(root, plainPersonalData)).toEqual([{ found: 0 }]);
    const [state] = await queryLake(
      table,
      `SELECT count(DISTINCT event_id) = count(*) AS each_once, bool_and(length("user".id) = 64 AND pii_scrubbed) AS hashed,
        bool_and(event_time = make_timestamptz(event_timestamp * 1000)) AS times_fit,
        min(event_time) > TIMESTAMPTZ '2026-01-25' AND max(event_time) < TIMESTAMPTZ '2026-01-28' AS times_read,
        count(*) FILTER (validation_status = 'invalid') BETWEEN 10 AND 200 AS some_flagged,
        list_sort(list(DISTINCT device.type)) AS devices, list_sort(list(DISTINCT currency) FILTER (currency IS NOT NULL)) AS currencies,
        bool_and(ingestion_timestamp IS NOT NULL) AS dated FROM t`,
    );
    expect(state).toEqual({
      each_once: true,
      hashed: true,
      times_fit: true,
      times_read: true,
      some_flagged: true,
      devices: ['desktop', 'mobile', 'tablet'],
      currencies: ['BRL', 'EUR', 'USD'],
      dated: true,
    });
    await job.expectVerified(4000);
  });
});
