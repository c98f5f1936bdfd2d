import { BronzeError } from '../errors.ts';
import { openLakeSession } from '../lake/lake-session.ts';
import { openTableIfExists, viewTable } from '../lake/table/open-table.ts';
import { plainValue, type PlainValue } from '../lake/query/plain-value.ts';
import type { OutputCounts, OutputSummary } from '../model/outputs/output-batch.ts';
import { windowColumns, type AggregateOutput, type OutputSpec } from '../model/outputs/output-spec.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { StructField } from '../model/table/table-schema.ts';
import type { Coordinates } from './trial-coordinates.ts';

export interface TrialOutputRow {
  /** Of a window: no later record changes it. Other rows are never final. */
  readonly isFinal: boolean;
  /** In the order of `columns`. */
  readonly values: readonly PlainValue[];
}

/** What an output would hold after the records of a trial alone. */
export interface TrialOutput {
  readonly name: string;
  readonly hasWindows: boolean;
  readonly counts: OutputCounts;
  /** The watermark: windows that end by then are closed. ISO 8601; absent: none is. */
  readonly closedThrough?: string;
  readonly columns: readonly StructField[];
  /** The newest windows first; without windows in order of keys, or, where rows are of single records, the newest first. */
  readonly rows: readonly TrialOutputRow[];
}

export interface OutputFacts {
  readonly coordinates: Coordinates;
  /** Microseconds since 1970, decimal. */
  readonly closedThroughUs: string | undefined;
}

/** Reads the table of an output as any reader would. */
export async function readTrialOutput(
  output: OutputSpec,
  { counts, closedThrough }: Pick<OutputSummary, 'counts' | 'closedThrough'>,
  { coordinates, closedThroughUs }: OutputFacts,
): Promise<TrialOutput> {
  const table = await openTableIfExists(output.path);
  if (!table) throw new BronzeError('INTERNAL', `${output.path}: a trial left no table`);
  const added = new Set([coordinates.partition, coordinates.offset]);
  const columns = table.state.schema.fields.filter(({ name }) => !added.has(name));
  await using session = await openLakeSession({ threads: 1 });
  await viewTable(session, 'rows', table);
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const reader = await session.read(
    `SELECT ${[finalSql(output, closedThroughUs), ...names].join(', ')} FROM "rows" ORDER BY ${orderSql(output, coordinates)}`,
  );
  return {
    name: output.name,
    hasWindows: output.kind === 'aggregate' && output.window !== undefined,
    counts,
    ...(closedThrough === undefined ? {} : { closedThrough }),
    columns,
    rows: reader
      .getRows()
      .map(([isFinal, ...values]) => ({ isFinal: isFinal === true, values: values.map(plainValue) })),
  };
}

/** Records can extend a session until a gap after its end. */
function finalSql(output: OutputSpec, closedThroughUs: string | undefined): string {
  if (output.kind !== 'aggregate' || output.window === undefined || closedThroughUs === undefined) return 'false';
  const { shape } = output.window;
  const openForMs = shape.kind === 'session' ? shape.gapMs : 0;
  return `epoch_us(${windowColumns.end}) + ${openForMs * 1000} <= ${closedThroughUs}`;
}

function orderSql(output: OutputSpec, { partition, offset }: Coordinates): string {
  if (output.kind !== 'aggregate') return `${quoteIdentifier(offset)} DESC, ${quoteIdentifier(partition)}`;
  return aggregateOrder(output).join(', ');
}

function aggregateOrder({ window, groupBy }: AggregateOutput): readonly string[] {
  const windows = window === undefined ? [] : [`${windowColumns.start} DESC`];
  return [...windows, ...groupBy.map(quoteIdentifier)];
}
