import { openTableIfExists } from '../lake/table/open-table.ts';
import type { TopicDescription } from '../kafka/kafka-reader.ts';
import { openLakeSession } from '../lake/lake-session.ts';
import { pathForTopic } from '../model/job/job-spec.ts';
import { completeCoverage } from './complete-coverage.ts';
import type { PartitionCoverage } from './coverage.ts';
import type { DifferenceList } from './difference-list.ts';
import { loadDropped } from './dropped-side.ts';
import { compareTotals, tellUnknownPartitions } from './outside-coverage.ts';
import { verifyOutputs } from './outputs/verify-outputs.ts';
import { reportPartition } from './report-partition.ts';
import { loadDeadLetters, loadRows, type RowEvidence } from './table-side.ts';
import type { TopicContext, TopicInput } from './topic-context.ts';
import { readLedger, readPositions, type TopicLedger } from './topic-ledger.ts';
import type { PartitionReport, TopicReport } from './verify-report.ts';

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

function spanOf({ segments }: PartitionCoverage): bigint {
  return segments.reduce((sum, segment) => sum + (segment.endOffset - segment.startOffset), 0n);
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
