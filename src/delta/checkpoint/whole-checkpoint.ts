import { BronzeError } from '../../errors.ts';
import { checkpointSource } from './checkpoint-sql.ts';
import { fileActionTypes } from './checkpoint-columns.ts';
import { locateFileActions, readTableActions, type CheckpointSource } from './read-checkpoint.ts';
import { checkpointFailure, UnreadableCheckpoint } from './unreadable-checkpoint.ts';

/**
 * Can the checkpoint be read to its end, with its parts and sidecars, and does it say what a table is? Every path in it is
 * read, in the engine: what else the log has of those versions may only go when this holds.
 */
export async function isWholeCheckpoint(source: CheckpointSource): Promise<boolean> {
  try {
    await assertWholeCheckpoint(source);
    return true;
  } catch (error) {
    if (error instanceof BronzeError && error.code === 'TABLE_CORRUPT') return false;
    throw error;
  }
}

/** @throws UnreadableCheckpoint where `isWholeCheckpoint` says no. */
export async function assertWholeCheckpoint(source: CheckpointSource): Promise<void> {
  let [protocols, metaDatas] = [0, 0];
  for await (const action of readTableActions(source)) {
    if ('protocol' in action) protocols += 1;
    if ('metaData' in action) metaDatas += 1;
  }
  if (protocols !== 1 || metaDatas !== 1) {
    const found = `${source.store.root}: a log checkpoint has ${protocols} protocols and ${metaDatas} metaData`;
    throw new UnreadableCheckpoint(source.checkpoint, new Error(found));
  }
  const files = await locateFileActions(source);
  if (files.kind !== 'parquet' || files.paths.length === 0) return;
  const { store, checkpoint, readParquetRows } = source;
  try {
    for await (const _count of readParquetRows({ store, paths: files.paths, select: countPaths }));
  } catch (error) {
    throw checkpointFailure(checkpoint, error);
  }
}

function countPaths(files: string): string {
  return `SELECT CAST(count("add".path) + count("remove".path) AS VARCHAR) FROM ${checkpointSource(files, fileActionTypes)}`;
}
