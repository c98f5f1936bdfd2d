import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countDeadLetters, findDeadLetters, readDeadLetters } from '../../../src/lake/dead-letters.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { makeSmallLake } from '../../support/small-lake.ts';

test('dead letters are counted by table, topic, job and code', async () => {
  const counts = await countDeadLetters(await makeSmallLake(await scratchFolder()));
  expect(counts.map(({ table, topic, job, code, records }) => [table, topic, job, code, records])).toEqual([
    ['dlq_trips', 'trips', 'rides', 'INVALID_JSON', 1],
    ['dlq_trips', 'trips', 'rides', 'INVALID_UTF8', 1],
    ['dlq_trips', 'trips', 'rides', 'TOMBSTONE', 1],
  ]);
  expect(counts[0]?.newest).toBe('2026-11-20T09:00:00.000Z');
});

test('a dead-letter table is found by its name, its topic and its data table', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  for (const name of ['dlq_trips', 'trips', 'bronze_trips', `${lake}/dlq_trips`]) {
    expect((await findDeadLetters(name, lake)).table.root).toBe(`${lake}/dlq_trips`);
  }
  await expect(findDeadLetters('ratings', lake)).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
});

test('a topic, or a job, stands for its records in a table that has neither for its name', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  await rename(join(lake, 'dlq_trips'), join(lake, 'rejected'));
  const ofTopic = await findDeadLetters('trips', lake);
  expect(ofTopic).toMatchObject({ table: { name: 'rejected' }, topic: 'trips' });
  expect(await findDeadLetters('rides', lake)).toMatchObject({ table: { name: 'rejected' }, job: 'rides' });
  expect(await readDeadLetters(ofTopic, { limit: 10 })).toHaveLength(3);
  expect(await readDeadLetters({ ...ofTopic, topic: 'ratings' }, { limit: 10 })).toEqual([]);

  await makeSmallLake(lake);
  await expect(findDeadLetters('rides', lake)).rejects.toMatchObject({
    code: 'USAGE',
    message: 'dead letters of the job rides are in dlq_trips, rejected; name one',
  });
});

test('records come newest first, with their bytes as they were', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const table = await findDeadLetters('trips', lake);
  const letters = await readDeadLetters(table, { limit: 10 });
  expect(letters.map(({ offset, error_code, value }) => [offset, error_code, value && Buffer.from(value)])).toEqual([
    [102n, 'INVALID_UTF8', Buffer.from([0xff, 0])],
    [101n, 'TOMBSTONE', null],
    [100n, 'INVALID_JSON', Buffer.from('{"broken"')],
  ]);
  expect(Buffer.from(letters[0]?.headers[0]?.value ?? []).toString()).toBe('abc');
});

test('records can be chosen by code, partition and offset', async () => {
  const table = await findDeadLetters('trips', await makeSmallLake(await scratchFolder()));
  const offsets = async (filter: Parameters<typeof readDeadLetters>[1]): Promise<bigint[]> =>
    (await readDeadLetters(table, filter)).map(({ offset }) => offset);
  expect(await offsets({ limit: 10, code: 'tombstone' })).toEqual([101n]);
  expect(await offsets({ limit: 10, partition: 0 })).toEqual([102n, 100n]);
  expect(await offsets({ limit: 1, partition: 0 })).toEqual([102n]);
  expect(await offsets({ limit: 10, offset: 100n })).toEqual([100n]);
});
