import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeDeletionVectors } from '../../../../src/delta/deletion-vector/write-deletion-vectors.ts';
import { discardInFiles } from '../../../../src/ingest/discard/discard-in-files.ts';
import type { DiscardedFile } from '../../../../src/ingest/discard/discard-request.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { writeParquet } from '../../../support/duckdb-parquet.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const schema = struct(field('id', 'long'), field('kafka_partition', 'integer'), field('kafka_offset', 'long'));
const columns = { partition: 'kafka_partition', offset: 'kafka_offset' };

/** Discards the rows of partition 0 from offset 5 on in one file with the rows of a query. */
async function discardIn(query: string, deletedRows: readonly bigint[] = []): Promise<readonly DiscardedFile[]> {
  const tableRoot = await scratchFolder();
  await writeParquet(tableRoot, 'a.parquet', query, {});
  const vectors = await writeDeletionVectors(openObjectStore(tableRoot), deletedRows.length > 0 ? [deletedRows] : []);
  const [deletionVector] = vectors.descriptors;
  return discardInFiles(
    {
      ...{ tableRoot, schema, columns, topic: 'gps', columnMapping: 'none', indexedColumns: { first: 32 } },
      from: [{ partition: 0, offset: '5' }],
      partitionColumns: [],
      files: [{ path: 'a.parquet', sizeBytes: 1000, partitionValues: {}, ...(deletionVector && { deletionVector }) }],
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

  test('leaves those behind that a deletion vector has taken out', async () => {
    const rows = 'SELECT i AS id, CAST(0 AS INTEGER) AS kafka_partition, i AS kafka_offset FROM range(8) t(i)';
    expect(await discardIn(rows, [0n, 6n])).toMatchObject([{ discardedRows: 2, replacement: { recordCount: 4 } }]);
    expect(await discardIn(rows, [0n, 1n, 2n, 3n, 4n])).toEqual([{ path: 'a.parquet', discardedRows: 3 }]);
    expect(await discardIn(rows, [5n, 6n, 7n])).toEqual([]);
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
