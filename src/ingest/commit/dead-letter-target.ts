import { indexedColumnsFor } from '../../delta/schema/indexed-columns.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../../model/table/dead-letter.ts';
import type { FileTarget } from '../../parquet/write-files.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** Files of a dead-letter table, whatever the table of rows asks of its own. */
export function deadLetterTarget(
  store: ObjectStore,
  { folder, targetFileSizeBytes }: Pick<FileTarget, 'folder' | 'targetFileSizeBytes'>,
): FileTarget {
  return {
    store,
    schema: deadLetterSchema,
    partitionColumns: [deadLetterPartitionColumn],
    folder,
    targetFileSizeBytes,
    indexedColumns: indexedColumnsFor({}),
  };
}
