import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openLakeSession } from '../../../src/lake/lake-session.ts';
import { openTable, viewTable } from '../../../src/lake/table/open-table.ts';
import { sparkTables, unpackSparkTables } from '../../support/spark-tables.ts';

/** Spark 4.0.0 with Delta 4.0.0 wrote the tables for us (`make_tables.py` beside them). */
const row = z.record(z.string(), z.unknown());
const expected = z
  .record(z.string(), z.array(row))
  .parse(JSON.parse(readFileSync(join(sparkTables, 'expected.json'), 'utf8')));

/** As the script selects them; Spark's JSON leaves nulls out. */
const columns: Readonly<Record<string, string>> = {
  'mapped-by-name-with-deletion-vectors': 'id, title, s.a AS sa, s.c AS sc, p::VARCHAR AS p, later',
  'mapped-by-id-with-parts': 'id, half',
  'partition-values':
    "id, s, b, d::VARCHAR AS d, day::VARCHAR AS day, strftime(ts AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f') AS ts, x, y::INTEGER AS y",
};

let tables: string;

beforeAll(async () => {
  tables = await mkdtemp(join(tmpdir(), 'kafka-bronze-test-'));
  await unpackSparkTables(tables);
});

afterAll(() => rm(tables, { recursive: true, force: true }));

it.each(Object.entries(columns))('reads what Spark wrote: %s', async (name, select) => {
  await using session = await openLakeSession();
  await viewTable(session, 't', await openTable({ name, root: join(tables, name) }));
  const reader = await session.read(`SELECT to_json(r)::VARCHAR FROM (SELECT ${select} FROM t ORDER BY id) r`);
  const rows = reader.getRows().map(([line]) => withoutNulls(row.parse(JSON.parse(String(line)))));
  expect(rows).toEqual(expected[name]);
});

function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}
