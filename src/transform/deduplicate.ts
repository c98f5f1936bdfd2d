import { singleValueProblem, windowProblem, type DeduplicateStep } from '../model/job/deduplicate-rule.ts';
import type { FieldPlace } from '../model/job/field-path.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { hidden, type PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import { placeOf } from './place-of.ts';

/** One row per key. It takes a whole batch to tell: the step adds nothing to the SQL that sees one record at a time. */
export const deduplicateStep: PipelineStep = {
  name: 'deduplicate',
  plan(spec, { columns }) {
    if (compileDeduplication(spec, columns) === undefined) return undefined;
    return { layers: [], columns, rejections: [], drops: [{ reason: 'duplicate', when: 'false' }] };
  },
};

/**
 * How rows are compared, in SQL over the columns of the table: over staged rows and over the table's files alike. Keys
 * are compared by digest, which is made of their texts; digests are stored nowhere, so they may change with the engine.
 */
export interface Deduplication {
  readonly scope: DeduplicateStep['scope'];
  /** A UUID; null for rows that are no duplicates of any other. */
  readonly digestSql: string;
  readonly window?: CompiledWindow;
  /** What `keep` compares, over staged rows. */
  readonly rankSql: string;
  /** The row that is kept comes first. */
  readonly rankOrder: 'ascending' | 'descending';
  /** Columns of the table that key and window read. */
  readonly columns: readonly string[];
}

export interface CompiledWindow {
  readonly widthMicros: bigint;
  readonly place: FieldPlace;
  /** Microseconds since the epoch as a BIGINT; null where the row has no time, or none that can be told. */
  readonly microsSql: string;
  /** Is the row's time from `first` to `last`, both in microseconds? In a form that skips parts of Parquet files. */
  betweenSql(first: bigint, last: bigint): string;
}

/** `columns` are those of the table. Throws PIPELINE_INVALID. */
export function compileDeduplication(spec: JobSpec, columns: readonly StructField[]): Deduplication | undefined {
  const { deduplicate } = spec.steps;
  if (deduplicate === undefined) return undefined;
  const { key, keep, orderBy, window, scope, nullKeys } = deduplicate;
  const find = (field: string, problem: (place: FieldPlace) => string | undefined): FieldPlace =>
    placeOf(spec, 'deduplicate', field, columns, (_, place) => problem(place));
  const keys = key.map((field) => find(field, singleValueProblem));
  const order = orderBy === undefined ? hidden.timestampMs : valueSql(find(orderBy, singleValueProblem));
  const time = window && find(window.field, windowProblem);
  return {
    scope,
    digestSql: digestOf(keys.map(valueSql), nullKeys),
    ...(window && time ? { window: compileWindow(time, window.widthMs) } : {}),
    // Those that are the same by rank go by topic partition and offset.
    rankSql: keep === 'first' ? '0' : order,
    rankOrder: keep === 'latest' ? 'descending' : 'ascending',
    columns: [...new Set([...keys, ...(time ? [time] : [])].map(columnOf))],
  };
}

/** What the digest is made of tells `('ab', 'c')` from `('a', 'bc')`, and null from any text. */
function digestOf(values: readonly string[], nullKeys: DeduplicateStep['nullKeys']): string {
  const parts = values.map((value) => {
    const text = `CAST(${value} AS VARCHAR)`;
    const part = `concat(strlen(${text}), ':', ${text})`;
    return nullKeys === 'equal' ? `CASE WHEN ${value} IS NULL THEN '-' ELSE ${part} END` : part;
  });
  const digest = `CAST(md5(concat(${parts.join(', ')})) AS UUID)`;
  if (nullKeys === 'equal') return digest;
  return `CASE WHEN ${values.map((value) => `${value} IS NOT NULL`).join(' AND ')} THEN ${digest} END`;
}

function compileWindow(place: FieldPlace, widthMs: number): CompiledWindow {
  const value = valueSql(place);
  const { micros, literal } = timeSql(place.type);
  return {
    widthMicros: BigInt(widthMs) * 1000n,
    place,
    microsSql: micros(value),
    betweenSql: (first, last) => `${value} BETWEEN ${literal(first)} AND ${literal(last)}`,
  };
}

interface TimeSql {
  readonly micros: (value: string) => string;
  readonly literal: (micros: bigint) => string;
}

/** The types that `windowProblem` lets pass. */
function timeSql(type: DataType): TimeSql {
  switch (type) {
    case 'long':
      return {
        micros: (value) => `TRY_CAST(CAST(${value} AS HUGEINT) * 1000 AS BIGINT)`,
        literal: (micros) => `CAST(${micros / 1000n} AS BIGINT)`,
      };
    case 'date':
      return {
        micros: (value) => `TRY(epoch_us(CAST(${value} AS TIMESTAMP)))`,
        literal: (micros) => `CAST(make_timestamp(${clamp(micros)}) AS DATE)`,
      };
    case 'timestamp_ntz':
      return {
        micros: (value) => `TRY(epoch_us(${value}))`,
        literal: (micros) => `make_timestamp(${clamp(micros)})`,
      };
    default:
      return {
        micros: (value) => `TRY(epoch_us(${value}))`,
        literal: (micros) => `make_timestamptz(${clamp(micros)})`,
      };
  }
}

/** What the engine can hold as a timestamp: the years 287397 BC to 287397. */
function clamp(micros: bigint): bigint {
  const limit = 9_000_000_000_000_000_000n;
  return micros < -limit ? -limit : micros > limit ? limit : micros;
}

function valueSql({ steps: [column, ...inside] }: FieldPlace): string {
  return inside.reduce(
    (sql, step) => (step.kind === 'field' ? `struct_extract(${sql}, ${quoteLiteral(step.name)})` : sql),
    column?.kind === 'field' ? quoteIdentifier(column.name) : 'NULL',
  );
}

function columnOf({ steps: [column] }: FieldPlace): string {
  return column?.kind === 'field' ? column.name : '';
}
