import { expect, test } from 'vitest';
import type { ReplaceStrategy } from '../../../src/ingest/replace-rows/replace-request.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { KeyedTable } from '../../support/keyed-table.ts';
import { useTestBucket } from '../../support/s3.ts';

const bucket = useTestBucket();
const schema = struct(field('id', 'long'), field('value', 'string'), field('day', 'date'));

/** So many ids, spread over three days, from one on in steps. */
const rows = (value: string, ids: string): string =>
  `SELECT i AS id, '${value}' AS value, DATE '2026-11-01' + CAST(i % 3 AS INTEGER) AS day FROM range(${ids}) t(i)`;

test.each<ReplaceStrategy>(['copyOnWrite', 'deletionVectors'])(
  'rows of a table on S3 are replaced, and again where another writer was faster: %s',
  async (strategy) => {
    const table = await KeyedTable.create({
      schema,
      keyColumns: ['id'],
      partitionColumns: ['day'],
      properties: { 'delta.enableDeletionVectors': 'true' },
      strategy,
      store: bucket.newStore(),
    });
    await table.replace({ newRows: rows('old', '0, 30000') });
    const base = await table.state();
    // Too many scattered rows for deletion vectors in the log itself.
    const slow = { newRows: rows('slow', '0, 30000, 7') };
    const planned = await table.plan(base, slow);
    await table.replace({ newRows: rows('fast', '0, 30000, 5') });
    await expect(table.commit(base, planned)).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    expect(await table.replace(slow)).toMatchObject({ goneRows: 4286, newRows: 4286 });
    await table.replace({ newRows: rows('', '0'), gone: 'SELECT id FROM (VALUES (0), (29999)) t(id)' });

    const found = 'SELECT value, count(*), count(DISTINCT id), sum(id) FROM t GROUP BY ALL ORDER BY ALL';
    expect(await table.query(found)).toEqual([
      'fast 5142 5142 77117145',
      'old 20571 20571 308558571',
      'slow 4285 4285 64279285',
    ]);
  },
);
