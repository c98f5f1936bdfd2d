import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { writeCheckpoint, type WrittenCheckpoint } from '../../src/delta/checkpoint/write-checkpoint.ts';
import { EngineSession } from '../../src/engine/session.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

/** Writes a checkpoint with an engine of its own. */
export async function checkpointTable(store: ObjectStore): Promise<WrittenCheckpoint | undefined> {
  const folder = join(tmpdir(), `kafka-bronze-checkpoint-${randomUUID()}`);
  await using session = await EngineSession.open({ folder, memoryLimitBytes: 128 * 1024 * 1024 });
  return await writeCheckpoint(store, session);
}
