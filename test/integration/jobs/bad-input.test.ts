import { expect } from 'vitest';
import { queryLake } from '../../support/query-lake.ts';
import { rawMetadata } from '../../support/test-job.ts';
import { test } from '../../support/job-fixture.ts';

const steps = {
  parse: { format: 'json', schema: { id: 'bigint not null', name: 'string', price: 'double' } },
  metadata: { ...rawMetadata, _is_valid: 'isValid' },
};

/** What a producer can do wrong, and what becomes of it: a row, or a dead letter with its reason. */
const records: readonly [what: string, value: Buffer | string | null, fate: string][] = [
  ['a good record', '{"id":1,"name":"a","price":1.5}', 'row'],
  ['an empty value', '', 'EMPTY_VALUE'],
  ['a tombstone', null, 'TOMBSTONE'],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'INVALID_UTF8'],
  ['a 10 MB record', `{"id":2,"name":"${'x'.repeat(10_000_000)}"}`, 'row'],
  ['100,000 levels of nesting', '['.repeat(100_000), 'INVALID_JSON'],
  ['a raw NUL', '{"id":3,"name":"a\u0000b"}', 'INVALID_JSON'],
  ['an escaped NUL', '{"id":4,"name":"a\\u0000b"}', 'row'],
  ['NaN', '{"id":5,"price":NaN}', 'INVALID_JSON'],
  ['a trailing comma', '{"id":6,}', 'INVALID_JSON'],
  ['a missing required field', '{"name":"nobody"}', 'REQUIRED_MISSING'],
  ['a value of the wrong type', '{"id":"seven"}', 'CAST_FAILED'],
  ['an array at the top', '[1,2,3]', 'NOT_AN_OBJECT'],
  ['a cut-off object', '{"id":8,"name":', 'INVALID_JSON'],
  ['two documents', '{"id":9}{"id":10}', 'INVALID_JSON'],
  ['a good record after all this', '{"id":11}', 'row'],
];

test('whatever is sent becomes a row or a dead letter with its reason, and the job goes on', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic({ config: { 'max.message.bytes': '20000000' } });
  for (const [, value] of records) await topic.send({ value });
  const job = await createJob({ topics: [topic.name], document: { steps } });
  await job.start();
  await job.untilCaughtUp();

  const rows = await queryLake(job.tableOf(topic.name), 'SELECT _kafka_offset AS "offset" FROM t');
  const dead = await queryLake(job.deadLettersOf(topic.name), 'SELECT "offset", error_code FROM t');
  const fates = new Map<number, string>([
    ...rows.map((row): [number, string] => [Number(row['offset']), 'row']),
    ...dead.map((row): [number, string] => [Number(row['offset']), String(row['error_code'])]),
  ]);
  expect(records.map(([what], offset) => [what, fates.get(offset)])).toEqual(
    records.map(([what, , fate]) => [what, fate]),
  );
  await job.expectVerified(records.length);
});

test('lone surrogates are told from good text', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send({ value: '{"id":1,"name":"\\ud83d"}' }, { value: '{"id":2,"name":"\\ud83d\\ude00"}' });
  const job = await createJob({ topics: [topic.name], document: { steps } });
  await job.start();
  await job.untilCaughtUp();

  const rows = await queryLake(job.tableOf(topic.name), 'SELECT id, name FROM t WHERE id = 2');
  expect(rows).toEqual([{ id: '2', name: '😀' }]);
  await job.expectVerified(2);
});
