import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discardInFiles } from '../../../src/ingest/discard-in-files.ts';
import type { DiscardedFile } from '../../../src/ingest/discard-request.ts';
import { field, struct } from '../../../src/model/table-schema.ts';
import { writeParquet } from '../../support/duckdb-parquet.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const schema = struct(field('id', 'long'), field('kafka_partition', 'integer'), field('kafka_offset', 'long'));
const columns = { partition: 'kafka_partition', offset: 'kafka_offset' };

/** Discards the rows of partition 0 from offset 5 on in one file with the rows of a query. */
async function discardIn(query: string): Promise<readonly DiscardedFile[]> {
  const tableRoot = await scratchFolder();
  await writeParquet(tableRoot, 'a.parquet', query, {});
  return discardInFiles(
    {
      ...{ tableRoot, schema, columns, topic: 'gps', columnMapping: 'none', indexedColumns: { first: 32 } },
      from: [{ partition: 0, offset: '5' }],
      files: [{ path: 'a.parquet', partitionValues: {} }],
      scratchFolder: join(await scratchFolder(), 'engine'),
      memoryBytes: 256 * 1024 * 1024,
    },
    new AbortController().signal,
  );
}

describe('discarding rows of a file', () => {
  test('keeps those of other offsets and partitions', async () => {
    const rows =
      'SELECT i AS id, CAST(i % 2 AS INTEGER) AS kafka_partition, i // 2 AS kafka_offset FROM range(20) t(i)';
    expect(await discardIn(rows)).toMatchObject([{ discardedRows: 5, replacement: { recordCount: 15 } }]);
  });

  test.each([
    ['a file from before the columns were added', 'SELECT i AS id FROM range(3) t(i)'],
    [
      'rows of such a file that were joined with others',
      'SELECT i AS id, CAST(0 AS INTEGER) AS kafka_partition, CASE WHEN i > 0 THEN i END AS kafka_offset FROM range(3) t(i)',
    ],
  ])('is refused for %s: a replay would double what cannot be told apart', async (_, query) => {
    await expect(discardIn(query)).rejects.toMatchObject({ code: 'RESET_INVALID' });
  });
});
