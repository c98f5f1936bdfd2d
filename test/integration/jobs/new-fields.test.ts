import { expect } from 'vitest';
import { readCommit } from '../../../src/delta/log/log-reader.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { queryLake } from '../../support/query-lake.ts';
import { test } from '../../support/job-fixture.ts';

test('fields that come while a job runs give the table new columns in the commit of their rows', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  const schema = { id: 'bigint', place: 'struct<lat: double>' };
  const document = { steps: { parse: { format: 'json', schema, extraFields: 'addColumns' } } };
  const job = await createJob({ topics: [topic.name], document });
  const send = (...records: readonly (readonly [partition: number, value: unknown])[]): Promise<unknown> =>
    topic.send(...records.map(([partition, value]) => ({ value: Buffer.from(JSON.stringify(value)), partition })));
  await send([0, { id: 1 }], [1, { id: 2, place: { lat: 1 } }]);
  await job.start();
  await job.untilCaughtUp();

  const store = openObjectStore(job.tableOf(topic.name));
  const before = await loadTableState(store);
  await send([0, { id: 3, note: 'a', place: { lat: 2, alt: 5 } }], [1, { id: 4, note: 'c', tags: ['x', null] }]);
  await job.untilCaughtUp();
  await send([0, { id: 5, note: 'b', place: { alt: 'high' } }], [1, { id: 6, place: { alt: 6 } }]);
  await job.untilCaughtUp();

  const changes: (readonly string[])[] = [];
  const after = await loadTableState(store);
  for (let version = (before?.version ?? 0) + 1; version <= (after?.version ?? 0); version++) {
    const { actions = [] } = (await readCommit(store, version)) ?? {};
    const kinds = new Set(actions.flatMap((action) => Object.keys(action)));
    if (kinds.has('metaData')) changes.push([...kinds]);
  }
  expect(changes.length).toBeGreaterThan(0);
  for (const kinds of changes) expect(kinds).toEqual(expect.arrayContaining(['metaData', 'add', 'txn']));
  const types = new Map(after?.schema.fields.map(({ name, type }) => [name, type]));
  expect(types.get('tags')).toMatchObject({ type: 'array', elementType: 'string' });
  expect(types.get('place')).toMatchObject({
    fields: [
      { name: 'lat', type: 'double' },
      { name: 'alt', type: 'long' },
    ],
  });

  const rows = await queryLake(
    job.tableOf(topic.name),
    'SELECT id, note, CAST(place.alt AS INTEGER) AS alt FROM t ORDER BY id',
  );
  expect(rows.map(({ id, note, alt }) => [String(id), note, alt])).toEqual([
    ['1', null, null],
    ['2', null, null],
    ['3', 'a', 5],
    ['4', 'c', null],
    ['6', null, 6],
  ]);
  const dead = await queryLake(job.deadLettersOf(topic.name), 'SELECT error_code, error_message FROM t');
  expect(dead).toMatchObject([{ error_code: 'CAST_FAILED' }]);
  await job.expectVerified(6);
});
