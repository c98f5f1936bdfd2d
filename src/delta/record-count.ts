import type { AddAction } from './actions.ts';

/** `numRecords` of a file's statistics, where it has any. */
export function recordCount(file: AddAction): number | undefined {
  if (file.stats === undefined) return undefined;
  const count = /"numRecords"\s*:\s*(\d+)/.exec(file.stats)?.[1];
  return count === undefined ? undefined : Number(count);
}
