import type { AddAction } from './actions.ts';

/** How many rows of the table are in a file, where it has statistics; `numRecords` counts the deleted ones as well. */
export function recordCount(file: AddAction): number | undefined {
  if (file.stats === undefined) return undefined;
  const count = /"numRecords"\s*:\s*(\d+)/.exec(file.stats)?.[1];
  return count === undefined ? undefined : Number(count) - (file.deletionVector?.cardinality ?? 0);
}
