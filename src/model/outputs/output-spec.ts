import type { DataType } from '../table/table-schema.ts';

/**
 * A further table that is made from the rows of a job's table, from the same read of Kafka. It has a Delta table of its
 * own, whose commits carry the offsets that they came from, and what the next batch must know.
 */
export type OutputSpec = AggregateOutput | ChangesOutput | MergeOutput;

interface OutputTarget {
  /** One word of the job file; the name in reports. */
  readonly name: string;
  /** `{topic}` stands for the topic's name; a folder or an `s3://` URL. */
  readonly path: string;
  readonly partitionBy: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly targetFileSizeBytes: number;
}

/** One row for each window and key, or, without a window, one row for each key. */
export interface AggregateOutput extends OutputTarget {
  readonly kind: 'aggregate';
  /** Absent: running state per key, which no watermark ends. */
  readonly window?: WindowRule;
  /** Columns of the job's table. */
  readonly groupBy: readonly string[];
  readonly aggregates: readonly AggregateColumn[];
  /** `append`: a row once, when it is final. `update`: the row is replaced as it changes. Without a window: `update`. */
  readonly mode: 'append' | 'update';
}

export interface WindowRule {
  readonly shape: WindowShape;
  /** The column of the job's table that is the event time; a `timestamp`. Rows without one are in no window. */
  readonly eventTime: string;
  /** How far the watermark of a topic partition stays behind the greatest event time in it. */
  readonly delayMs: number;
  /**
   * An event time that is further ahead of the record's timestamp in Kafka does not move the watermark: one device with a
   * wrong clock would make all that follows late. Absent: all move it.
   */
  readonly maxAheadMs?: number;
  /** A topic partition that was read to its end, and had nothing new for so long, holds back no window. Absent: never. */
  readonly idleAfterMs?: number;
  /** Late records become dead letters as well. Absent: they are counted, and no more. */
  readonly late?: 'deadLetter';
}

/** Windows are half-open, `[start, end)`, and begin at multiples of their step since 1970-01-01T00:00:00Z. */
export type WindowShape =
  | { readonly kind: 'tumbling'; readonly sizeMs: number }
  /** A window begins every `slideMs`, which is at most `sizeMs`. */
  | { readonly kind: 'hopping'; readonly sizeMs: number; readonly slideMs: number }
  /** From a key's first record until it has had none for `gapMs`. */
  | { readonly kind: 'session'; readonly gapMs: number };

/** `function(input, …)`, as in `approx_quantile(latency_ms, 0.95)`. */
export interface AggregateColumn {
  readonly name: string;
  readonly type: DataType;
  readonly function: AggregateFunction;
  /** An SQL expression over the columns of the job's table; absent for `count(*)`. */
  readonly input?: string;
  /** Of `approx_quantile`: between 0 and 1. */
  readonly quantile?: number;
}

/** Aggregates whose parts can be merged, so that how records fall into batches makes no difference. */
export const aggregateFunctions = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'first',
  'last',
  'stddev_samp',
  'stddev_pop',
  'var_samp',
  'var_pop',
  'bool_and',
  'bool_or',
  'bit_and',
  'bit_or',
  'bit_xor',
  'approx_count_distinct',
  'approx_quantile',
] as const;

export type AggregateFunction = (typeof aggregateFunctions)[number];

/** A row for each record that differs from the one before it with the same key in the same topic partition. */
export interface ChangesOutput extends OutputTarget {
  readonly kind: 'changes';
  readonly key: readonly string[];
  /** The columns that are compared; nulls are values. */
  readonly of: readonly string[];
}

/** The newest row for each key; a tombstone removes it. */
export interface MergeOutput extends OutputTarget {
  readonly kind: 'merge';
  readonly key: readonly string[];
  /** Which row is newer; absent: the one with the higher offset, and that of a later batch. */
  readonly orderBy?: string;
  /** SQL over the columns of the job's table: does the row remove its key? Tombstones always do. */
  readonly deleteWhen?: string;
}

/** Columns of a windowed output that say which window a row is of: half-open, as the windows are. */
export const windowColumns = { start: 'window_start', end: 'window_end' } as const;

/** Before the name of each compared column of a `changes` output: what the row before it had. */
export const previousPrefix = 'previous_';
