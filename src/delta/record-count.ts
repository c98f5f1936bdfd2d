import type { AddAction } from './actions.ts';

/** How many rows of the table are in a file, where it has statistics; `numRecords` counts the deleted ones as well. */
export function recordCount(file: AddAction): number | undefined {
  const count = physicalRecordCount(file);
  return count === undefined ? undefined : count - (file.deletionVector?.cardinality ?? 0);
}

/** All rows of the file, deleted ones as well, where it has statistics. */
export function physicalRecordCount({ stats }: Pick<AddAction, 'stats'>): number | undefined {
  if (stats === undefined) return undefined;
  const count = /"numRecords"\s*:\s*(\d+)/.exec(stats)?.[1];
  return count === undefined ? undefined : Number(count);
}
