import type { LakeTable } from '../../lake/table/open-table.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { MetadataSource } from '../../model/job/metadata-source.ts';
import { hiddenPrefix } from '../../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { OutputCoverage } from './output-coverage.ts';
import { joinedRanges } from './output-coverage.ts';

/** Columns beside those of the job's table: the user's SQL can name no such columns. */
export const placeColumn = {
  partition: `"${hiddenPrefix}partition"`,
  offset: `"${hiddenPrefix}offset"`,
  isTombstone: `"${hiddenPrefix}is_tombstone"`,
} as const;

/** What of a table at a version the SQL over its view depends on. */
export type TableShape = Pick<LakeTable['state'], 'schema' | 'partitionColumns'>;

/** The rows of a topic in the job's table, as `verify_table` shows them. */
export interface TopicRows {
  readonly spec: JobSpec;
  readonly topic: string;
  readonly shape: TableShape;
  /** Columns by what they hold. */
  readonly columns: Readonly<Partial<Record<MetadataSource, string>>>;
  /** Does another topic of the job go into the same table? */
  readonly isShared: boolean;
  /** Has the table rows of some offset more than once, because a reset has repeated them? */
  readonly hasCopies: boolean;
  /** Is there a table of dead letters, as `verify_dead_letter_table`? */
  readonly hasDeadLetters: boolean;
}

/** SQL: did the output take the offset? */
export function isTakenSql({ taken }: OutputCoverage, partition: string, offset: string): string {
  const ranges = joinedRanges(taken).map(
    (range) =>
      `(${partition} = ${range.partition} AND ${offset} >= ${range.startOffset} AND ${offset} < ${range.endOffset})`,
  );
  return `(${ranges.length === 0 ? 'false' : ranges.join(' OR ')})`;
}

/** SQL: the rows that an output took, with place columns; one of each offset. */
export function takenRowsSql(rows: TopicRows, coverage: OutputCoverage, isMerging: boolean): string {
  const { spec, shape, columns, isShared, hasCopies, topic } = rows;
  const names = shape.schema.fields.map(({ name }) => quoteIdentifier(name));
  const [partition, offset] = [columnSql(columns.partition), columnSql(columns.offset)];
  const conditions = [
    isTakenSql(coverage, partition, offset),
    ...(isShared ? [`${columnSql(columns.topic)} = ${quoteLiteral(topic)}`] : []),
    seenSql(spec, columns, isMerging),
  ];
  const places = [
    `CAST(${partition} AS INTEGER) AS ${placeColumn.partition}`,
    `${offset} AS ${placeColumn.offset}`,
    `${tombstoneSql(spec, columns)} AS ${placeColumn.isTombstone}`,
  ];
  // What a reset repeats outputs pass over: they have what came first.
  const first = columnSql(columns.batch ?? columns.ingestedAt);
  const once = hasCopies
    ? ` QUALIFY row_number() OVER (PARTITION BY ${partition}, ${offset} ORDER BY ${first}) = 1`
    : '';
  return `SELECT ${[...names, ...places].join(', ')} FROM verify_table WHERE ${conditions.join(' AND ')}${once}`;
}

function columnSql(name: string | undefined): string {
  return name === undefined ? 'NULL' : quoteIdentifier(name);
}

/** SQL: is the row one that outputs see? Those that were kept although they did not parse they do not. */
function seenSql(spec: JobSpec, columns: TopicRows['columns'], isMerging: boolean): string {
  if (!keepsInvalidRows(spec)) return 'true';
  const isValid = columns.isValid === undefined ? `NOT ${tombstoneSql(spec, columns)}` : columnSql(columns.isValid);
  return isMerging ? `(${isValid} OR ${tombstoneSql(spec, columns)})` : isValid;
}

function tombstoneSql({ steps: { malformed } }: JobSpec, columns: TopicRows['columns']): string {
  return malformed.tombstones === 'keep' ? `(${columnSql(columns.valueBytes ?? columns.value)} IS NULL)` : 'false';
}

/** Of the format `raw` every row is valid, a tombstone as well. */
export function keepsInvalidRows({ steps: { parse, malformed } }: JobSpec): boolean {
  return parse.format !== 'raw' && (malformed.records === 'keep' || malformed.tombstones === 'keep');
}
