import type { ColumnFacts } from '../../lake/data-skipping/column-facts.ts';
import type { DataType } from '../../model/table/table-schema.ts';
import type { Interval } from './window-intervals.ts';

/** What the log says of a file's times; `unknown` where it says nothing that can be relied on. */
export type FileTimes = Interval | 'none' | 'unknown';

/** The times in a column of a data file: instants, days, or milliseconds in a `long`. */
export function fileTimes({ type, min, max, nulls }: ColumnFacts): FileTimes {
  if (nulls === 'all') return 'none';
  const unit = microsPerUnit(type);
  if (unit === undefined || min?.kind !== 'integer' || max?.kind !== 'integer') return 'unknown';
  return { first: min.value * unit, last: (max.value + 1n) * unit - 1n };
}

/** Of what a bound counts. */
function microsPerUnit(type: DataType): bigint | undefined {
  switch (type) {
    case 'timestamp':
    case 'timestamp_ntz':
      return 1n;
    case 'date':
      return 86_400_000_000n;
    case 'long':
      return 1000n;
    default:
      return undefined;
  }
}
