import { expect, it } from 'vitest';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { KeyedTable } from '../../support/keyed-table.ts';
import { openSpark } from '../../support/spark.ts';

const spark = await openSpark();

const schema = struct(field('id', 'long'), field('value', 'string'), field('part', 'integer'));

const rows = (from: number, to: number, value: string): string =>
  `SELECT i AS id, '${value}' || i AS value, CAST(i % 2 AS INTEGER) AS part FROM range(${from}, ${to}) t(i)`;

const someIds = 'id IN (5, 7, 100001, 150000)';

/** What Spark says of a table, and of rows that it looks for by statistics. */
const factsInPython = `
path = args[0]
def facts():
    table = spark.read.format('delta').load(path)
    whole = table.selectExpr('count(*)', 'count(distinct id)', 'sum(id)', 'min(value)', 'max(value)')
    found = table.where('${someIds}').orderBy('id')
    return [' '.join(str(value) for value in row) for row in whole.collect() + found.collect()]
`;

async function factsOf(table: KeyedTable): Promise<readonly string[]> {
  const whole = 'SELECT count(*), count(DISTINCT id), sum(id), min(value), max(value) FROM t';
  return [...(await table.query(whole)), ...(await table.query(`SELECT * FROM t WHERE ${someIds} ORDER BY id`))];
}

it.skipIf(spark.missing !== undefined)(
  'Spark reads our deletion vectors of all forms, and we read and extend those that it makes of them',
  { timeout: 1_800_000 },
  async () => {
    const table = await KeyedTable.create({
      schema,
      keyColumns: ['id'],
      partitionColumns: ['part'],
      properties: { 'delta.enableDeletionVectors': 'true' },
      strategy: 'deletionVectors',
    });
    const { root } = table.store;
    await table.replace({ newRows: rows(0, 160_000, 'first') });
    // Runs alone are short enough for the log; then arrays and bitmaps; then a few more rows in each.
    const runs = await table.replace({ newRows: rows(20_000, 40_000, 'second') });
    expect(runs.adds.map(({ deletionVector }) => deletionVector?.storageType)).toContain('i');
    const scattered =
      'SELECT i AS id FROM range(0, 160000) t(i) WHERE hash(i) % 3 = 0 OR (i > 140000 AND hash(i) % 9 = 1)';
    const sparse = await table.replace({ newRows: rows(0, 0, ''), gone: scattered });
    expect(sparse.adds.map(({ deletionVector }) => deletionVector?.storageType)).toContain('u');
    await table.replace({ newRows: rows(5, 6, 'third') });

    const before = await factsOf(table);
    const seen = await spark.run(
      `${factsInPython}
first = facts()
spark.sql(f'DELETE FROM delta.\`{path}\` WHERE id % 5 = 2')
spark.sql(f'UPDATE delta.\`{path}\` SET value = upper(value) WHERE id % 11 = 1')
emit([first, facts()])`,
      root,
    );
    expect(seen).toEqual([before, await factsOf(table)]);

    const onTop = await table.replace({ newRows: rows(0, 3_000, 'fourth') });
    expect(onTop.goneRows).toBeGreaterThan(1_000);
    expect(await table.query('SELECT count(*), count(DISTINCT id) FROM t WHERE id < 3000')).toEqual(['3000 3000']);
    const after = await factsOf(table);
    // Whoever rewrites the files for good finds the same rows.
    const purged = await spark.run(
      `${factsInPython}
first = facts()
spark.sql(f'REORG TABLE delta.\`{path}\` APPLY (PURGE)')
emit([first, facts()])`,
      root,
    );
    expect(purged).toEqual([after, after]);
    expect(await factsOf(table)).toEqual(after);
  },
);
