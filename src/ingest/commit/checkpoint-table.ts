import { writeCheckpoint, type WrittenCheckpoint } from '../../delta/checkpoint/write-checkpoint.ts';
import { EngineSession } from '../../engine/session.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';

export interface CheckpointInput {
  readonly tableRoot: string;
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
}

/** DuckDB needs no more for a table of any size; Node and the tables of its allocator come on top. */
const enoughMemoryBytes = 192 * 1024 * 1024;

/** Writes a log checkpoint of a table's newest version; `undefined` where it has one. */
export async function checkpointTable(input: CheckpointInput): Promise<WrittenCheckpoint | undefined> {
  const { scratchFolder: folder, memoryBytes } = input;
  const memoryLimitBytes = Math.min(memoryBytes, enoughMemoryBytes);
  await using session = await EngineSession.open({ folder, memoryLimitBytes });
  return await writeCheckpoint(openObjectStore(input.tableRoot), session);
}
