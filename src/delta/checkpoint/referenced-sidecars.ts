import type { ListedCheckpoint } from '../log/listed-checkpoint.ts';
import { actionLinesSql } from './checkpoint-sql.ts';
import { sidecarType } from './checkpoint-columns.ts';
import { jsonActions, parquetActions, pathOfSidecar, type CheckpointSource } from './read-checkpoint.ts';

/**
 * Paths of the sidecars that any of these checkpoints names; those in Parquet are read together.
 * @throws BronzeError `TABLE_CORRUPT` where one of them cannot be read.
 */
export async function referencedSidecars(
  { store, readParquetRows }: Omit<CheckpointSource, 'checkpoint'>,
  checkpoints: readonly ListedCheckpoint[],
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  for (const checkpoint of checkpoints.filter(({ format }) => format === 'json')) {
    for (const action of await jsonActions({ store, checkpoint })) {
      if ('sidecar' in action) paths.add(pathOfSidecar(action.sidecar));
    }
  }
  const inParquet = checkpoints.filter(({ format }) => format === 'parquet').flatMap((checkpoint) => checkpoint.paths);
  if (inParquet.length === 0) return paths;
  const select = (files: string): string => actionLinesSql(files, { sidecar: sidecarType });
  for await (const action of parquetActions({ store, readParquetRows }, inParquet, select)) {
    if ('sidecar' in action) paths.add(pathOfSidecar(action.sidecar));
  }
  return paths;
}
