import type { DuckDBConnection } from '@duckdb/node-api';
import { toOffset } from '../model/batch/offset-range.ts';
import type { PartitionCoverage } from './coverage.ts';
import { PartitionDifferences } from './difference-list.ts';
import type { TopicContext } from './topic-context.ts';
import { givenUp, positionKey } from './topic-ledger.ts';
import { verifyPartition, type PartitionOutcome } from './verify-partition.ts';
import type { PartitionReport, Verdict } from './verify-report.ts';
import { sumCounts } from './windows.ts';

/** Compares a topic partition, with what the table has of topics that had its name before. */
export async function reportPartition(
  context: TopicContext,
  coverage: PartitionCoverage,
  past: readonly PartitionCoverage[],
): Promise<PartitionReport> {
  const { input, connection, evidence } = context;
  const { topicId, partition, position, segments } = coverage;
  const differences = new PartitionDifferences(context.differences, input.topic, partition);
  compareCommits(context, [...past, coverage], differences);
  const outcome = evidence.hasCoordinates ? await compareOffsets(context, coverage, past, differences) : undefined;
  const counts = sumCounts(segments.filter((segment) => segment.counts !== undefined));
  return {
    topic: input.topic,
    topicId,
    partition,
    startOffset: toOffset(
      segments.reduce((least, { startOffset }) => (startOffset < least ? startOffset : least), position),
    ),
    endOffset: toOffset(position),
    ...(outcome?.comparedFrom === undefined ? {} : { comparedFrom: toOffset(outcome.comparedFrom) }),
    records: outcome?.records ?? 0,
    rows: evidence.hasCoordinates ? await countOf(connection, 'verify_rows', partition) : (counts?.rows ?? 0),
    deadLetters: await countOf(connection, 'verify_dead_letters', partition),
    drops: counts?.drops ?? 0,
    differences: differences.count,
    verdict: verdictOf(coverage, differences, outcome),
  };
}

/** Do the commits of a topic partition follow one another, and end where its `txn` says? The last one is that of today. */
function compareCommits(
  { ledger }: TopicContext,
  incarnations: readonly PartitionCoverage[],
  differences: PartitionDifferences,
): void {
  for (const { problems } of incarnations) {
    for (const { kind, expected, found } of problems) differences.add(kind, expected, found);
  }
  for (const incarnation of incarnations) {
    const stored = ledger.positions.get(positionKey(incarnation));
    // A lane that goes on with a recreated topic gives up what its predecessor left.
    if (stored === incarnation.position || (stored === givenUp && incarnation !== incarnations.at(-1))) continue;
    const found = stored === undefined ? 'the table has none' : `it is ${stored}`;
    differences.add(
      'position',
      `the txn of the topic partition at ${incarnation.position}, where the commits end`,
      found,
    );
  }
}

async function compareOffsets(
  context: TopicContext,
  coverage: PartitionCoverage,
  past: readonly PartitionCoverage[],
  differences: PartitionDifferences,
): Promise<PartitionOutcome> {
  const { input, connection, described } = context;
  const { topicId, partition, position } = coverage;
  const isThere = described?.topicId === topicId && described.partitions.includes(partition);
  const partitionInput = {
    topic: input.topic,
    coverage,
    past: past.flatMap(({ segments }) => segments),
    tombstones: input.spec.steps.malformed.tombstones,
    earliest: async () =>
      isThere ? (await input.load.kafka.listOffsets(input.topic, { at: 'earliest' })).get(partition) : undefined,
    deadLetterPosition: context.deadLetterPositions.get(positionKey(coverage)) ?? position,
  };
  const outcome = await verifyPartition(connection, partitionInput, input.load, differences);
  context.notes.push(...outcome.notes.map((note) => `partition ${partition}: ${note}`));
  return outcome;
}

function verdictOf(
  { segments }: PartitionCoverage,
  differences: PartitionDifferences,
  outcome: PartitionOutcome | undefined,
): Verdict {
  if (differences.count > 0) return 'different';
  if (!outcome) return 'counted';
  if (outcome.unproven > 0) return 'unproven';
  return outcome.comparedFrom !== undefined || segments.length === 0 ? 'same' : 'counted';
}

async function countOf(connection: DuckDBConnection, table: string, partition: number): Promise<number> {
  return Number(
    (await connection.runAndReadAll(`SELECT count(*) FROM ${table} WHERE part = ${partition}`)).value(0, 0),
  );
}
