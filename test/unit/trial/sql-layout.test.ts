import { describe, expect, it } from 'vitest';
import { layOutSql } from '../../../src/trial/sql-layout.ts';
import { withPlainDuckDB } from '../../support/plain-duckdb.ts';

describe('laid out SQL', () => {
  it('has a line per column and per level', () => {
    expect(layOutSql('SELECT a, f(b, c) AS "d" FROM (SELECT *, 1 AS "b" FROM "input")')).toBe(
      [
        'SELECT',
        '  a,',
        '  f(b, c) AS "d"',
        'FROM (',
        '  SELECT',
        '    *,',
        '    1 AS "b"',
        '  FROM "input"',
        ')',
      ].join('\n'),
    );
  });

  it('means the same: text, names and comments stay as they are', async () => {
    const sql =
      `SELECT *, 'it''s,  (SELECT' || "a,  b" AS "x ""y,  z", (1 -- one, (\n + 2) AS three, $$ a,  b $$ AS dollars, ` +
      `extract(year FROM DATE '2026-01-27') AS year /* FROM (SELECT  1 */ FROM (SELECT ' a,   b ' AS "a,  b", [1, 2] AS list)`;
    const laidOut = layOutSql(sql);
    expect(laidOut.split('\n').length).toBeGreaterThan(8);
    const run = (text: string): Promise<unknown> =>
      withPlainDuckDB(async (connection) => (await connection.runAndReadAll(text)).getRowObjectsJson());
    expect(await run(laidOut)).toEqual(await run(sql));
    expect(layOutSql(laidOut)).toBe(laidOut);
  });
});
