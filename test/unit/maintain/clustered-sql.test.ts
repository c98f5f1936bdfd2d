import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { clusteredSql } from '../../../src/maintain/clustered-sql.ts';

test('along a Z-order curve, each quarter of the rows spans half of either column', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE grid AS SELECT x, y FROM range(32) a(x), range(32) b(y) ORDER BY hash(x * 100 + y)',
  );
  const sql = clusteredSql('grid', { kind: 'zOrder', columns: ['x', 'y'] });
  const spans = await connection.runAndReadAll(
    `SELECT max(x) - min(x), max(y) - min(y), count(*) FROM (SELECT *, (row_number() OVER () - 1) // 256 AS quarter FROM (${sql})) ` +
      'GROUP BY quarter ORDER BY quarter',
  );
  const rows = spans.getRows().map((row) => row.map(Number));
  connection.closeSync();
  instance.closeSync();

  expect(rows).toEqual(Array.from({ length: 4 }, () => [15, 15, 256]));
});
