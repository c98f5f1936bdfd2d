import type { AddAction } from '../delta/actions.ts';
import { statsValue } from '../delta/stats-value.ts';
import type { DataType } from '../model/table-schema.ts';
import type { Interval } from './window-intervals.ts';

/** What the log says of a file's times; `unknown` where it says nothing that can be relied on. */
export type FileTimes = Interval | 'none' | 'unknown';

/**
 * The times in a field of a data file, by its partition values and statistics (PROTOCOL.md, Per-file Statistics). `path`
 * has the names of data files.
 */
export function fileTimes(add: AddAction, path: readonly string[], type: DataType): FileTimes {
  const [column = ''] = path;
  if (path.length === 1 && Object.hasOwn(add.partitionValues, column)) {
    const value = add.partitionValues[column];
    return value === null || value === undefined || value === '' ? 'none' : intervalOf(value, value, type);
  }
  const stats: unknown = add.stats === undefined ? undefined : JSON.parse(add.stats);
  const rowCount = statsValue(stats, ['numRecords']);
  if (typeof rowCount === 'number' && statsValue(stats, ['nullCount', ...path]) === rowCount) return 'none';
  return intervalOf(statsValue(stats, ['minValues', ...path]), statsValue(stats, ['maxValues', ...path]), type);
}

const microsPerMs = 1000n;
const microsPerDay = 86_400_000_000n;

function intervalOf(min: unknown, max: unknown, type: DataType): FileTimes {
  const [first, last] = [startOf(min, type), startOf(max, type)];
  if (first === undefined || last === undefined) return 'unknown';
  // Statistics are cut to whole milliseconds, both of them downwards.
  return { first, last: last + (type === 'date' ? microsPerDay : microsPerMs) - 1n };
}

function startOf(value: unknown, type: DataType): bigint | undefined {
  if (type === 'long') {
    // Beyond 2^53 a parsed number is rounded: no instant that means anything.
    const ms = typeof value === 'string' ? Number(value) : value;
    return typeof ms === 'number' && Number.isSafeInteger(ms) ? BigInt(ms) * microsPerMs : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)\d*)?(Z|[+-]\d{2}:\d{2})?$/.exec(value);
  if (!match) return undefined;
  const [, day = '', time = '00:00:00', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * microsPerMs;
}
