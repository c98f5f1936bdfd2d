import type { MergeOutput } from '../../model/outputs/output-spec.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { comparedColumns } from './compared-columns.ts';
import { comparableSql, readCount, type Expectation, type ExpectationInput } from './expectation.ts';
import { placeColumn, takenRowsSql } from './output-rows.ts';

/**
 * Works out the newest row of each key from all rows at once. A row of a key that is in several topic partitions is
 * doubtful: which of their records is newer depends on batches there.
 */
export async function expectMerge(input: ExpectationInput, output: MergeOutput): Promise<Expectation> {
  const { session, rows } = input;
  const taken = takenRowsSql(rows, input.taken.coverage, true);
  const groups = output.key.map((_, position) => `g${position}`);
  const removes =
    output.deleteWhen === undefined ? 'false' : `coalesce(TRY(CAST((\n${output.deleteWhen}\n) AS BOOLEAN)), false)`;
  const columns = [
    `${placeColumn.partition} AS part`,
    `${placeColumn.offset} AS off`,
    `${placeColumn.isTombstone} AS is_tombstone`,
    `${placeColumn.isTombstone} OR ${removes} AS removes`,
    `CASE WHEN NOT ${placeColumn.isTombstone} THEN ${output.orderBy === undefined ? 'NULL' : quoteIdentifier(output.orderBy)} END AS rank`,
    ...output.key.map((name, position) => `${quoteIdentifier(name)} AS g${position}`),
  ];
  await session.run(`CREATE OR REPLACE TEMP TABLE verify_taken AS SELECT ${columns.join(', ')} FROM (${taken})`);
  const hasKey = groups.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const all = await readCount(session, 'SELECT count(*) FROM verify_taken');
  const withKey = await readCount(session, `SELECT count(*) FROM verify_taken WHERE ${hasKey}`);
  await createWinners(input, groups, hasKey);
  const keys = output.key.map((name) => ({ name, sql: comparableSql(name, input) }));
  const compared = comparedColumns(input, output.key);
  const selected = [
    ...output.key.map(
      (name, position) => `${comparableSql(name, input, `r.${quoteIdentifier(name)}`)} AS k${position}`,
    ),
    ...compared.map(({ expectedSql }, position) => `${expectedSql} AS e${position}`),
  ];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_expected AS SELECT ${selected.join(', ')}, w.is_doubtful, w.is_gone FROM (${taken}) AS r ` +
      `JOIN verify_winners AS w ON r.${placeColumn.partition} = w.part AND r.${placeColumn.offset} = w.off`,
  );
  return {
    keys,
    values: compared.map(({ name, sql }) => ({ name, sql, hasTolerance: false })),
    counts: { taken: withKey, nullKey: all - withKey },
  };
}

/** A tombstone clears its key of all that came before it; of the rest the greatest by order counts, then by offset. */
async function createWinners({ session }: ExpectationInput, groups: readonly string[], hasKey: string): Promise<void> {
  const keys = groups.join(', ');
  const newest = 'struct_pack(has_rank := rank IS NOT NULL, rank := rank, off := off, part := part)';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_winners AS
     SELECT winner.part AS part, winner.off AS off, is_doubtful, winner.removes AS is_gone FROM (
       SELECT arg_max(struct_pack(part := part, off := off, removes := removes), ${newest}) AS winner,
         any_value(is_doubtful) AS is_doubtful
       FROM (SELECT * FROM verify_taken WHERE ${hasKey}) JOIN (
         SELECT ${keys}, max(off) FILTER (WHERE is_tombstone) AS cleared_at, min(part) <> max(part) AS is_doubtful
         FROM verify_taken WHERE ${hasKey} GROUP BY ${keys}
       ) USING (${keys})
       WHERE cleared_at IS NULL OR off >= cleared_at
       GROUP BY ${keys}
     ) WHERE is_doubtful OR NOT winner.removes`,
  );
}
