import { expect } from 'vitest';
import { test } from '../../support/outputs-fixture.ts';

const current = { merge: { key: ['id'] } };
const changed = { changes: { key: 'id', of: 'value' } };

test('columns that an output got before a crash are what later batches read, however small those are', async ({
  topic,
  laneWith,
}) => {
  const send = (...records: readonly object[]): Promise<void> =>
    topic.send(...records.map((record) => ({ value: JSON.stringify(record) })));
  const lane = await laneWith({ current, changed }, { extraFields: 'addColumns' });
  await send({ id: 'a', value: 1 });
  await lane.ingest();
  await send(
    { id: 'b', value: 2, x: 1, at: { lat: 1 } },
    { id: 'c', value: 3, x: 'one', at: { lat: 2.5, alt: 3 } },
    { id: 'd', value: 4 },
  );
  await lane.commitOutputs(await lane.stage(await lane.open()));
  // The worker died before it committed the rows.
  const small = await laneWith({ current, changed }, { extraFields: 'addColumns', maxOffsetsPerTrigger: 1 });
  await send({ id: 'e', value: 5, x: 2, at: { lat: 4 } });
  for (let left = 4; left > 0; left--) await small.ingest();

  const rows = [
    ['a', 1, null, null, null],
    ['b', 2, '1', 1, null],
    ['c', 3, 'one', 2.5, 3],
    ['d', 4, null, null, null],
    ['e', 5, '2', 4, null],
  ];
  for (const table of [small.rowsName, 'current', 'changed']) {
    const columns = 'id, value, x, "at".lat, "at".alt::INTEGER';
    expect(await small.query(`SELECT ${columns} FROM "${table}" ORDER BY ALL`), table).toEqual(rows);
  }
});

test('a table of the job that may widen its types has outputs that may, also before it has done so itself', async ({
  topic,
  laneWith,
}) => {
  const properties = { 'delta.enableTypeWidening': 'true' };
  const narrow = await laneWith({ current, changed }, { properties });
  const wide = await laneWith({ current, changed }, { properties, schema: { value: 'bigint' } });
  const send = (id: string, value: number): Promise<void> => topic.send({ value: JSON.stringify({ id, value }) });
  await send('a', 1);
  await narrow.ingest();
  await send('b', 2);
  await wide.commitOutputs(await wide.stage(await wide.open()));
  // The worker died before it committed the rows, and somebody took the change of the job back for a while.
  await send('a', 3);
  await narrow.ingest();
  await send('c', 4_000_000_000);
  await wide.ingest();
  for (const table of ['current', 'changed']) {
    expect(await wide.query(`SELECT id, value::VARCHAR FROM "${table}" WHERE value > 1 ORDER BY ALL`), table).toEqual([
      ['a', '3'],
      ['b', '2'],
      ['c', '4000000000'],
    ]);
  }
});
