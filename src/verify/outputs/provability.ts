import type { MergeOutput, OutputSpec } from '../../model/outputs/output-spec.ts';
import { batchColumns, mentions } from './compared-columns.ts';
import { isPartitionText } from './expectation.ts';
import type { OpenOutput } from './open-output.ts';
import { keepsInvalidRows, type TopicRows } from './output-rows.ts';

/** What was found of the job's table before its outputs are looked at. */
export interface RowsFound {
  /** Are there columns with topic partition and offset? */
  readonly hasCoordinates: boolean;
  readonly differs: boolean;
  /** Is there something of which nobody can tell whether it is right? */
  readonly isUnproven: boolean;
  /** Has the table rows of a topic of the same name that was deleted? */
  readonly hasPastTopic: boolean;
  /** Was Kafka's log found to end before what was ingested, so that offsets came again? */
  readonly wasCutOff: boolean;
  /** Were records given up which Kafka had deleted? */
  readonly hasLostRecords: boolean;
}

/** Why nothing can be said of any output; `undefined` where something can. */
export function whyNotFromRows(found: RowsFound, rows: TopicRows): string | undefined {
  if (!found.hasCoordinates) return "the job's table has no columns with partition and offset";
  if (found.differs) return "the job's table, which it would be proven from, is not what Kafka has";
  if (found.hasPastTopic) {
    return "the topic was deleted and made anew, and offsets do not tell its rows in the job's table from the earlier ones";
  }
  const { steps } = rows.spec;
  if (!keepsInvalidRows(rows.spec)) return undefined;
  if (steps.malformed.records === 'keep' && rows.columns.isValid === undefined) {
    return "the job's table has no column that tells which rows did not parse";
  }
  return steps.malformed.tombstones === 'keep' && (rows.columns.valueBytes ?? rows.columns.value) === undefined
    ? "the job's table has no column that tells which rows are tombstones"
    : undefined;
}

/** Why nothing can be said of this output. */
export function whyNot(output: OutputSpec, rows: TopicRows, { otherLanes }: OpenOutput): string | undefined {
  if (otherLanes.length > 0) return `the table has rows of ${otherLanes.join(', ')} as well`;
  const missing = namedColumns(output).find((name) => rows.shape.schema.fields.every((field) => field.name !== name));
  return missing === undefined ? undefined : `the job's table has no column ${missing} yet`;
}

/** What differs may be right for these reasons. */
export function doubtsOf(output: OutputSpec, rows: TopicRows, found: RowsFound, open: OpenOutput): readonly string[] {
  const { spec, columns, shape } = rows;
  const doubts: string[] = [];
  if (found.isUnproven) doubts.push("not all of the job's table could be proven");
  if (found.wasCutOff) doubts.push("Kafka's log was cut off, and offsets came again with other records");
  if (found.hasLostRecords) doubts.push('it may have had records before Kafka deleted them, and the job gave them up');
  if (!open.fromTheStart) doubts.push("the log of the output's table does not reach back to its first commits");
  const hasWindow = output.kind === 'aggregate' && output.window !== undefined;
  if (hasWindow && open.coverage.taken.some(({ lateness }) => lateness === undefined)) {
    doubts.push('through when windows were closed as records came is not known for all of them');
  }
  if (hasWindow && columns.timestamp === undefined && (open.coverage.counts.aheadOfTime ?? 0) > 0) {
    doubts.push(
      "records ahead of time did not move the watermark, and the job's table has no column with timestamps that tells which",
    );
  }
  if (spec.steps.deduplicate !== undefined) {
    doubts.push('which of several duplicates the output has may be another one after a crash');
  }
  if (output.kind === 'merge' && [...open.coverage.deleteRules].some((rule) => rule !== (output.deleteWhen ?? ''))) {
    doubts.push('keys were removed by another condition (deleteWhen) before');
  }
  const ofBatch = batchColumns(rows);
  if (
    namedColumns(output).some((name) => ofBatch.includes(name)) ||
    expressionsOf(output).some((sql) => mentions(sql, ofBatch))
  ) {
    doubts.push(
      'it is made of columns whose values depend on the batch, which may have been another one before a crash',
    );
  }
  const texts = namedColumns(output).filter((name) => isPartitionText(name, shape));
  if (texts.some((name) => !output.partitionBy.includes(name))) {
    doubts.push("in a column that the job's table is partitioned by, the empty text and null cannot be told apart");
  }
  if (rows.hasCopies && columns.batch === undefined && columns.ingestedAt === undefined) {
    doubts.push("a reset has repeated rows of the job's table, and no column tells which came first");
  }
  return doubts;
}

function namedColumns(output: OutputSpec): readonly string[] {
  switch (output.kind) {
    case 'aggregate':
      return [...(output.window === undefined ? [] : [output.window.eventTime]), ...output.groupBy];
    case 'changes':
      return [...output.key, ...output.of];
    case 'merge':
      return [...output.key, ...orderOf(output)];
  }
}

function orderOf({ orderBy }: MergeOutput): readonly string[] {
  return orderBy === undefined ? [] : [orderBy];
}

function expressionsOf(output: OutputSpec): readonly string[] {
  switch (output.kind) {
    case 'aggregate':
      return output.aggregates.flatMap(({ input }) => (input === undefined ? [] : [input]));
    case 'changes':
      return [];
    case 'merge':
      return output.deleteWhen === undefined ? [] : [output.deleteWhen];
  }
}
