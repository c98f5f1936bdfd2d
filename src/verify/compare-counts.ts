import type { DuckDBConnection } from '@duckdb/node-api';
import type { PartitionDifferences } from './difference-list.ts';
import type { CountGroup } from './windows.ts';

/** Compares what the commit notes counted with the rows and dead letters that the tables hold in the same ranges. */
export async function compareCounts(
  connection: DuckDBConnection,
  partition: number,
  groups: readonly CountGroup[],
  differences: PartitionDifferences,
): Promise<void> {
  if (groups.length === 0) return;
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_groups (id INTEGER, low BIGINT, high BIGINT)');
  const perInsert = 1000;
  for (let at = 0; at < groups.length; at += perInsert) {
    const values = groups
      .slice(at, at + perInsert)
      .map((group, index) => `(${at + index}, ${group.startOffset}, ${group.endOffset})`);
    await connection.run(`INSERT INTO verify_groups VALUES ${values.join(', ')}`);
  }
  const rows = await countsByGroup(connection, 'verify_rows', partition);
  const deadLetters = await countsByGroup(connection, 'verify_dead_letters', partition);
  for (const [id, group] of groups.entries()) {
    const found = { rows: rows.get(id) ?? 0, deadLetters: deadLetters.get(id) ?? 0 };
    if (found.rows === group.counts.rows && found.deadLetters === group.counts.deadLetters) continue;
    const { startOffset, endOffset, versions, counts } = group;
    const which = versions.length === 1 ? `version ${versions.join()}` : `versions ${versions.join(', ')}`;
    differences.add(
      'counts',
      `in [${startOffset}, ${endOffset}) what the note of ${which} counts: ${counts.rows} rows, ${counts.deadLetters} dead letters`,
      `${found.rows} rows, ${found.deadLetters} dead letters in the tables`,
    );
  }
}

/** Groups do not overlap, so the group of an offset is the last one that does not begin after it. */
async function countsByGroup(
  connection: DuckDBConnection,
  table: 'verify_rows' | 'verify_dead_letters',
  partition: number,
): Promise<Map<number, number>> {
  const reader = await connection.runAndReadAll(`
    SELECT g.id, count(*) FROM (SELECT off FROM ${table} WHERE part = ${partition}) t
    ASOF JOIN verify_groups g ON t.off >= g.low
    WHERE t.off < g.high GROUP BY g.id`);
  return new Map(reader.getRows().map(([id, count]) => [Number(id), Number(count)]));
}
