import type { PartitionCoverage } from './coverage.ts';
import { PartitionDifferences } from './difference-list.ts';
import type { TopicContext } from './topic-context.ts';
import { givenUp, positionKey } from './topic-ledger.ts';
import { sumCounts } from './windows.ts';

/** Rows and dead letters of partitions that no commit of the job speaks of, or without coordinates. */
export async function tellUnknownPartitions(
  context: TopicContext,
  coverages: readonly PartitionCoverage[],
): Promise<void> {
  const known = [-1, ...coverages.map(({ partition }) => partition)].join(', ');
  for (const [table, what] of [
    ['verify_rows', 'rows'],
    ['verify_dead_letters', 'dead letters'],
  ] as const) {
    const reader = await context.connection.runAndReadAll(
      `SELECT coalesce(part, -1), count(*) FROM ${table} WHERE part IS NULL OR off IS NULL OR part NOT IN (${known}) GROUP BY 1 ORDER BY 1`,
    );
    for (const [part, count] of reader.getRows()) {
      const differences = new PartitionDifferences(context.differences, context.input.topic, Number(part));
      const which = Number(part) === -1 ? 'without a topic partition' : 'of a topic partition that no commit covers';
      differences.add('outsideRanges', `no ${what} ${which}`, `${String(count)} ${what}`);
    }
  }
  for (const [key, position] of context.ledger.positions) {
    if (position === givenUp || coverages.some((coverage) => positionKey(coverage) === key)) continue;
    const partition = Number(key.slice(key.lastIndexOf('/') + 1));
    const differences = new PartitionDifferences(context.differences, context.input.topic, partition);
    differences.add('position', 'no txn for a topic partition that no commit covers', `it is ${position}`);
  }
}

/** Without coordinate columns the rows of the table can only be counted. */
export function compareTotals(context: TopicContext, coverages: readonly PartitionCoverage[]): void {
  const counts = sumCounts(coverages.flatMap(({ segments }) => segments));
  const { rows } = context.evidence;
  if (!counts || context.input.isShared || counts.rows === rows) return;
  const differences = new PartitionDifferences(context.differences, context.input.topic, -1);
  differences.add('counts', `the ${counts.rows} rows that the commits count`, `${rows} rows in the table`);
}
