import type { FieldPlace } from './field-path.ts';
import type { DataType } from '../table/table-schema.ts';

/** Which rows are the same, and which one of them stays. The others are counted drops. */
export interface DeduplicateStep {
  /** Fields, as `findField` reads them; rows with the same values in all of them are duplicates. */
  readonly key: readonly string[];
  /** `first`: by topic partition, then offset. */
  readonly keep: 'first' | 'earliest' | 'latest';
  /** What `earliest` and `latest` go by; the record's timestamp in Kafka where it is absent. Ties go by offset. */
  readonly orderBy?: string;
  /** Rows further apart than this are no duplicates; without it, they are however far apart. */
  readonly window?: DeduplicateWindow;
  /** `table`: what the table holds counts as well, and stays. */
  readonly scope: 'table' | 'batch';
  /** `distinct`: a row with a null in its key is no duplicate of any other. */
  readonly nullKeys: 'distinct' | 'equal';
}

export interface DeduplicateWindow {
  /** Instants, or whole milliseconds since the epoch. A row without one is no duplicate. */
  readonly field: string;
  readonly widthMs: number;
}

/** What a transformation found; the sum is the number of dropped duplicates. */
export interface DuplicateCounts {
  /** Of another row of the same batch. */
  readonly inBatch: number;
  /** Of a row that the table held when the batch was planned. */
  readonly inTable: number;
}

const timeTypes: ReadonlySet<DataType> = new Set<DataType>(['timestamp', 'timestamp_ntz', 'date', 'long']);

/** Why a field can be no part of a key, and nothing to order by. */
export function singleValueProblem({ steps, type }: FieldPlace): string | undefined {
  const isSingle = typeof type === 'string' && steps.every(({ kind }) => kind === 'field');
  return isSingle ? undefined : 'expected a single value, not a struct, an array or a map';
}

/** Why a window cannot be measured on a field. */
export function windowProblem(place: FieldPlace): string | undefined {
  if (singleValueProblem(place) === undefined && timeTypes.has(place.type)) return undefined;
  return 'expected a timestamp, a date, or a bigint with milliseconds since the epoch';
}
