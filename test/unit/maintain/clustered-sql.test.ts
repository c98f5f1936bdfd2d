import { expect, test } from 'vitest';
import { clusteredSql } from '../../../src/maintain/clustered-sql.ts';
import { withPlainDuckDB } from '../../support/plain-duckdb.ts';

test('along a Z-order curve, each quarter of the rows spans half of either column', async () => {
  const sql = clusteredSql('grid', { kind: 'zOrder', columns: ['x', 'y'] });
  const spans = await withPlainDuckDB(async (connection) => {
    await connection.run(
      'CREATE TEMP TABLE grid AS SELECT x, y FROM range(32) a(x), range(32) b(y) ORDER BY hash(x * 100 + y)',
    );
    return await connection.runAndReadAll(
      `SELECT max(x) - min(x), max(y) - min(y), count(*) FROM (SELECT *, (row_number() OVER () - 1) // 256 AS quarter FROM (${sql})) ` +
        'GROUP BY quarter ORDER BY quarter',
    );
  });
  const rows = spans.getRows().map((row) => row.map(Number));

  expect(rows).toEqual(Array.from({ length: 4 }, () => [15, 15, 256]));
});
