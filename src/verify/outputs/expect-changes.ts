import type { ChangesOutput } from '../../model/outputs/output-spec.ts';
import { previousPrefix } from '../../model/outputs/output-spec.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { comparedColumns } from './compared-columns.ts';
import { certain, readCount, type Expectation, type ExpectationInput } from './expectation.ts';
import { placeColumn, takenRowsSql } from './output-rows.ts';

/** Works out the changes of all keys of all rows, in the order of offsets. Changes are told apart by their offsets. */
export async function expectChanges(input: ExpectationInput, output: ChangesOutput): Promise<Expectation> {
  const { session, rows } = input;
  const taken = takenRowsSql(rows, input.taken.coverage, false);
  const compared = output.of.map((name, position) => `${quoteIdentifier(name)} AS c${position}`);
  const keys = output.key.map((name, position) => `${quoteIdentifier(name)} AS g${position}`);
  const place = [`${placeColumn.partition} AS part`, `${placeColumn.offset} AS off`];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_taken AS SELECT ${[...place, ...keys, ...compared].join(', ')} FROM (${taken})`,
  );
  const before = output.of.map((_, position) => `lag(c${position}) OVER earlier AS b${position}`);
  const differs = output.of.map((_, position) => `c${position} IS DISTINCT FROM b${position}`);
  const groups = ['part', ...output.key.map((_, position) => `g${position}`)];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_changes AS SELECT * FROM (
       SELECT *, ${before.join(', ')}, row_number() OVER earlier = 1 AS is_first FROM verify_taken
       WINDOW earlier AS (PARTITION BY ${groups.join(', ')} ORDER BY off)
     ) WHERE is_first OR ${differs.join(' OR ')}`,
  );
  const keyNames = [rows.columns.partition, rows.columns.offset].flatMap((name) => (name === undefined ? [] : [name]));
  const columns = comparedColumns(input, keyNames);
  const values = [
    ...columns.map(({ expectedSql }, position) => `${expectedSql} AS e${position}`),
    ...output.of.map((_, position) => `c.b${position} AS e${columns.length + position}`),
  ];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_expected AS
     SELECT c.part AS k0, c.off AS k1, ${values.join(', ')}, ${certain}
     FROM (${taken}) AS r JOIN verify_changes AS c ON r.${placeColumn.partition} = c.part AND r.${placeColumn.offset} = c.off`,
  );
  return {
    keys: keyNames.map((name) => ({ name, sql: quoteIdentifier(name) })),
    values: [
      ...columns.map(({ name, sql }) => ({ name, sql, hasTolerance: false })),
      ...output.of
        .map((name) => `${previousPrefix}${name}`)
        .map((name) => ({ name, sql: quoteIdentifier(name), hasTolerance: false })),
    ],
    counts: { taken: await readCount(session, 'SELECT count(*) FROM verify_taken') },
  };
}
