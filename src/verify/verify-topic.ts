import type { DuckDBConnection } from '@duckdb/node-api';
import type { TopicDescription } from '../kafka/kafka-reader.ts';
import { openTableIfExists } from '../lake/table/open-table.ts';
import { openLakeSession } from '../lake/lake-session.ts';
import { pathForTopic, type JobSpec } from '../model/job/job-spec.ts';
import { toOffset } from '../model/batch/offset-range.ts';
import { verifyOutputs } from './outputs/verify-outputs.ts';
import { completeCoverage } from './complete-coverage.ts';
import type { PartitionCoverage } from './coverage.ts';
import { PartitionDifferences, type DifferenceList } from './difference-list.ts';
import { loadDropped } from './dropped-side.ts';
import type { KafkaLoad } from './kafka-side.ts';
import { loadDeadLetters, loadRows, type RowEvidence } from './table-side.ts';
import { givenUp, positionKey, readLedger, readPositions, type TopicLedger } from './topic-ledger.ts';
import { verifyPartition } from './verify-partition.ts';
import type { PartitionReport, TopicReport, Verdict } from './verify-report.ts';
import { sumCounts } from './windows.ts';

export interface TopicInput {
  readonly spec: JobSpec;
  readonly topic: string;
  /** Does another topic of the job go into the same table? */
  readonly isShared: boolean;
  readonly memoryBytes: number;
  readonly load: KafkaLoad;
  readonly onPlanned: (offsets: bigint) => void;
  /** Called as an output is begun with. */
  readonly onOutput: (name: string) => void;
}

/** Compares the tables of one topic with Kafka. The table is read at the version that it has when this begins. */
export async function verifyTopic(input: TopicInput, differences: DifferenceList): Promise<TopicReport> {
  const { spec, topic } = input;
  const before = differences.count;
  const roots = {
    tableRoot: pathForTopic(spec.table.path, topic),
    deadLetterRoot: pathForTopic(spec.deadLetter.path, topic),
  };
  // Dead letters are committed first, so a table that is read first has all of its dead letters in the other one.
  const table = await openTableIfExists(roots.tableRoot);
  const deadLetterTable = await openTableIfExists(roots.deadLetterRoot);
  const report = {
    topic,
    ...roots,
    ...(table ? { tableVersion: table.state.version } : {}),
    ...(deadLetterTable ? { deadLetterVersion: deadLetterTable.state.version } : {}),
  };
  await using session = await openLakeSession({ memoryBytes: input.memoryBytes });
  const { connection } = session;
  const evidence = await loadRows(session, spec, { topic, table, isShared: input.isShared });
  const deadLetters = await loadDeadLetters(session, { job: spec.name, topic, table: deadLetterTable });
  if (!table) {
    const found = deadLetters === 0 ? '' : `, but ${deadLetters} dead letters`;
    return { ...report, partitions: [], outputs: [], notes: [`there is no table yet${found}`] };
  }
  const ledger = await readLedger(table, spec.name, topic);
  const deadLetterPositions = readPositions(deadLetterTable, spec.name, topic);
  const described = (await input.load.kafka.describeTopics([topic])).get(topic);
  const notes = [...ledger.notes, ...evidenceNotes(evidence), ...kafkaNotes(ledger, described)];

  const context: TopicContext = {
    input,
    connection,
    evidence,
    described,
    deadLetterPositions,
    ledger,
    differences,
    notes,
  };
  const coverages = await loadDropped(connection, table, await completeCoverage(connection, ledger));
  const span = coverages.reduce((sum, coverage) => sum + spanOf(coverage), 0n);
  input.onPlanned(span * BigInt(1 + (spec.outputs ?? []).length));
  const partitions: PartitionReport[] = [];
  const byPartition = Map.groupBy(coverages, ({ partition }) => partition);
  for (const [, incarnations] of [...byPartition].sort(([one], [other]) => one - other)) {
    const current = incarnations.find(({ topicId }) => topicId === described?.topicId) ?? incarnations.at(-1);
    if (!current) continue;
    const past = incarnations.filter((coverage) => coverage !== current);
    partitions.push(await reportPartition(context, current, past));
  }
  await tellUnknownPartitions(context, coverages);
  if (!evidence.hasCoordinates) compareTotals(context, coverages);
  const outputs = await verifyOutputs(
    {
      ...{ session, spec, topic, table, evidence, ledger, coverages, partitions, isShared: input.isShared },
      topicId: described?.topicId,
      hasDeadLetters: deadLetterTable !== undefined,
      rowsDiffer: differences.count > before,
      onOutput: (name) => {
        input.load.signal?.throwIfAborted();
        input.onOutput(name);
      },
      onCompared: () => {
        input.load.onOffsets(span, 0);
      },
    },
    differences,
  );
  return { ...report, partitions, outputs, notes };
}

interface TopicContext {
  readonly input: TopicInput;
  readonly connection: DuckDBConnection;
  readonly evidence: RowEvidence;
  readonly described: TopicDescription | undefined;
  readonly deadLetterPositions: ReadonlyMap<string, bigint>;
  readonly ledger: TopicLedger;
  readonly differences: DifferenceList;
  readonly notes: string[];
}

function spanOf({ segments }: PartitionCoverage): bigint {
  return segments.reduce((sum, segment) => sum + (segment.endOffset - segment.startOffset), 0n);
}

async function reportPartition(
  context: TopicContext,
  coverage: PartitionCoverage,
  past: readonly PartitionCoverage[],
): Promise<PartitionReport> {
  const { input, connection, evidence, ledger, described } = context;
  const { topicId, partition, position, segments } = coverage;
  const differences = new PartitionDifferences(context.differences, input.topic, partition);
  for (const { problems } of [...past, coverage]) {
    for (const { kind, expected, found } of problems) differences.add(kind, expected, found);
  }
  for (const incarnation of [...past, coverage]) {
    const stored = ledger.positions.get(positionKey(incarnation));
    // A lane that goes on with a recreated topic gives up what its predecessor left.
    if (stored === incarnation.position || (stored === givenUp && incarnation !== coverage)) continue;
    const found = stored === undefined ? 'the table has none' : `it is ${stored}`;
    differences.add(
      'position',
      `the txn of the topic partition at ${incarnation.position}, where the commits end`,
      found,
    );
  }
  let outcome: Awaited<ReturnType<typeof verifyPartition>> | undefined;
  if (evidence.hasCoordinates) {
    const isThere = described?.topicId === topicId && described.partitions.includes(partition);
    const partitionInput = {
      topic: input.topic,
      coverage,
      past: past.flatMap(({ segments: gone }) => gone),
      tombstones: input.spec.steps.malformed.tombstones,
      earliest: async () =>
        isThere ? (await input.load.kafka.listOffsets(input.topic, { at: 'earliest' })).get(partition) : undefined,
      deadLetterPosition: context.deadLetterPositions.get(positionKey(coverage)) ?? position,
    };
    outcome = await verifyPartition(connection, partitionInput, input.load, differences);
    context.notes.push(...outcome.notes.map((note) => `partition ${partition}: ${note}`));
  }
  const verdict: Verdict =
    differences.count > 0
      ? 'different'
      : (outcome?.unproven ?? 0) > 0
        ? 'unproven'
        : outcome && (outcome.comparedFrom !== undefined || segments.length === 0)
          ? 'same'
          : 'counted';
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
    ...(evidence.hasCoordinates
      ? { rows: await countOf(connection, 'verify_rows', partition) }
      : { rows: counts?.rows ?? 0 }),
    deadLetters: await countOf(connection, 'verify_dead_letters', partition),
    drops: counts?.drops ?? 0,
    differences: differences.count,
    verdict,
  };
}

async function countOf(connection: DuckDBConnection, table: string, partition: number): Promise<number> {
  return Number(
    (await connection.runAndReadAll(`SELECT count(*) FROM ${table} WHERE part = ${partition}`)).value(0, 0),
  );
}

/** Rows and dead letters of partitions that no commit of the job speaks of, or without coordinates. */
async function tellUnknownPartitions(context: TopicContext, coverages: readonly PartitionCoverage[]): Promise<void> {
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
function compareTotals(context: TopicContext, coverages: readonly PartitionCoverage[]): void {
  const counts = sumCounts(coverages.flatMap(({ segments }) => segments));
  const { rows } = context.evidence;
  if (!counts || context.input.isShared || counts.rows === rows) return;
  const differences = new PartitionDifferences(context.differences, context.input.topic, -1);
  differences.add('counts', `the ${counts.rows} rows that the commits count`, `${rows} rows in the table`);
}

function evidenceNotes(evidence: RowEvidence): string[] {
  if (!evidence.hasCoordinates) {
    return ['the table has no columns with partition and offset: ranges and counts were compared, offsets were not'];
  }
  return evidence.comparesValues
    ? []
    : ['the table has no column with the raw value: that each row is there was compared, its content was not'];
}

function kafkaNotes(ledger: TopicLedger, described: TopicDescription | undefined): string[] {
  if (!described) return ['Kafka does not have the topic any more: only ranges and counts were compared'];
  return [...new Set(ledger.coverages.map(({ topicId }) => topicId))]
    .filter((topicId) => topicId !== described.topicId)
    .map((topicId) => `the incarnation ${topicId} of the topic is gone: only its ranges and counts were compared`);
}
