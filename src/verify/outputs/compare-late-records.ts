import type { LakeSession } from '../../lake/lake-session.ts';
import { lateRecordCode, lateRecordStep } from '../../model/table/dead-letter.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { OutputCoverage } from './output-coverage.ts';
import { isTakenSql, type TopicRows } from './output-rows.ts';

export interface LateDifference {
  readonly partition: number;
  readonly offset: bigint;
  readonly isLate: boolean;
  readonly deadLetters: number;
}

/**
 * Records that are late and not once a dead letter of the output, or not late and one all the same: `verify_late` beside
 * the dead letters. Gives the first, and how many there are.
 */
export async function compareLateRecords(
  session: LakeSession,
  { rows, coverage, output }: { readonly rows: TopicRows; readonly coverage: OutputCoverage; readonly output: string },
  room: number,
): Promise<{ readonly count: number; readonly told: readonly LateDifference[] }> {
  const own = [
    `topic = ${quoteLiteral(rows.topic)} AND job = ${quoteLiteral(rows.spec.name)}`,
    `error_code = ${quoteLiteral(lateRecordCode)} AND step = ${quoteLiteral(lateRecordStep(output))}`,
    isTakenSql(coverage, 'partition', '"offset"'),
  ];
  const deadLetters = rows.hasDeadLetters
    ? `SELECT partition AS part, "offset" AS off, count(*) AS n FROM verify_dead_letter_table WHERE ${own.join(' AND ')} GROUP BY ALL`
    : 'SELECT NULL::INTEGER AS part, NULL::BIGINT AS off, 0 AS n WHERE false';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_late_found AS
     SELECT coalesce(l.part, d.part) AS part, coalesce(l.off, d.off) AS off, l.off IS NOT NULL AS is_late, coalesce(d.n, 0) AS n
     FROM verify_late AS l FULL JOIN (${deadLetters}) AS d ON l.part = d.part AND l.off = d.off
     WHERE l.off IS NULL OR d.n IS DISTINCT FROM 1`,
  );
  const count = await session.read('SELECT count(*) FROM verify_late_found');
  const told = await session.read(`SELECT * FROM verify_late_found ORDER BY part, off LIMIT ${room}`);
  return {
    count: Number(count.value(0, 0)),
    told: told.getRows().map(([part, off, isLate, n]) => ({
      ...{ partition: Number(part), offset: BigInt(String(off)), isLate: isLate === true, deadLetters: Number(n) },
    })),
  };
}
