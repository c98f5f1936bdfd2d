import { describe, expect, it } from 'vitest';
import type { ReplaceStrategy } from '../../../../src/ingest/replace-rows/replace-request.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { KeyedTable, type KeyedTableOptions } from '../../../support/keyed-table.ts';

const schema = struct(field('id', 'long'), field('value', 'string'), field('day', 'date'));

const properties = { 'delta.enableDeletionVectors': 'true' };

/** Ids from 0 to below `count`, spread over three days. */
const initial = (count: number): string =>
  `SELECT i AS id, 'old ' || i AS value, DATE '2026-11-01' + CAST(i % 3 AS INTEGER) AS day FROM range(${count}) t(i)`;

describe.each<ReplaceStrategy>(['copyOnWrite', 'deletionVectors'])('%s', (strategy) => {
  const create = (options: Partial<KeyedTableOptions> = {}): Promise<KeyedTable> =>
    KeyedTable.create({ schema, keyColumns: ['id'], partitionColumns: ['day'], strategy, properties, ...options });

  it('replaces rows wherever they are, and adds those that are new', async () => {
    const table = await create();
    await table.replace({ newRows: initial(10) });
    const replaced = await table.replace({
      newRows: `SELECT * FROM (VALUES (3, 'new', DATE '2026-11-03'), (10, 'more', NULL)) t(id, value, day)`,
    });

    expect(replaced).toMatchObject({ goneRows: 1, newRows: 2 });
    expect(await table.query('SELECT id, value, day FROM t WHERE id IN (2, 3, 4, 10) ORDER BY id')).toEqual([
      '2 old 2 2026-11-03',
      '3 new 2026-11-03',
      '4 old 4 2026-11-02',
      '10 more null',
    ]);
    expect(await table.query('SELECT count(*) FROM t')).toEqual(['11']);
  });

  it('takes out rows for which nothing enters, and touches no file without one', async () => {
    const table = await create();
    await table.replace({ newRows: initial(9) });
    const nothing = initial(0);
    const replaced = await table.replace({ newRows: nothing, gone: 'SELECT 3 * i AS id FROM range(2) t(i)' });

    expect(replaced).toMatchObject({ goneRows: 2, newRows: 0, removes: [{ partitionValues: { day: '2026-11-01' } }] });
    expect(await table.query('SELECT id FROM t ORDER BY id')).toEqual(['1', '2', '4', '5', '6', '7', '8']);
    const none = await table.replace({ newRows: nothing, gone: 'SELECT 77 AS id' });
    expect(none).toMatchObject({ adds: [], removes: [], writtenPaths: [] });
  });

  it('finds rows by a key of partition columns and others, with nulls', async () => {
    const table = await create({ keyColumns: ['day', 'id'] });
    const rows = `SELECT * FROM (VALUES (1, 'a', NULL), (NULL, 'b', DATE '2026-11-01'), (1, 'c', DATE '2026-11-01')) t(id, value, day)`;
    await table.replace({ newRows: rows });
    const replaced = await table.replace({
      newRows: `SELECT * REPLACE (upper(value) AS value) FROM (${rows}) WHERE value <> 'c'`,
    });

    expect(replaced.goneRows).toBe(2);
    expect(await table.query('SELECT value FROM t ORDER BY value')).toEqual(['A', 'B', 'c']);
  });
});
