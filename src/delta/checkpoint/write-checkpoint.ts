import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { columnMappingMode } from '../column-mapping.ts';
import { listLogSegment } from '../log-segment.ts';
import { parseSchemaString } from '../schema-string.ts';
import { assertReadable } from '../table-features.ts';
import { checkpointProperties } from './checkpoint-properties.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import { copyCheckpoint, type CheckpointContent } from './copy-checkpoint.ts';
import { readCheckpointHint, writeCheckpointHint } from './last-checkpoint.ts';
import { stageLog } from './stage-log.ts';

export interface WrittenCheckpoint {
  readonly version: number;
  /** Active files of the table. */
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Writes a checkpoint of the table's newest version, and the hint at it; `undefined` where that version has one, or there
 * is no table. The rows of the checkpoint before are streamed past the changes since, so that neither memory nor time
 * depend on how many commits there ever were, and memory not on how many files.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a table that we cannot read whole, `TABLE_CORRUPT`.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  session: CheckpointSession,
): Promise<WrittenCheckpoint | undefined> {
  const segment = await listLogSegment(store);
  if (!segment || segment.checkpoint?.version === segment.version) return undefined;
  const staged = await stageLog(store, segment, session);
  const { protocol, metaData } = staged.tableActions;
  if (!protocol || !metaData) {
    throw new BronzeError('TABLE_CORRUPT', `${store.root}: the log has no protocol or no metaData`);
  }
  const schema = parseSchemaString(metaData.schemaString);
  assertReadable({ protocol, metaData, schema }, store.root);
  const properties = checkpointProperties({ protocol, metaData });
  const content: CheckpointContent = {
    version: segment.version,
    tableActions: staged.tableActions.actions(),
    fileRows: staged.fileRows,
    table: {
      schema,
      partitionColumns: metaData.partitionColumns,
      columnMapping: columnMappingMode(metaData),
      statsAsJson: properties.statsAsJson,
      statsAsStruct: properties.statsAsStruct,
      root: store.root,
      keepTombstonesAfterMs: Date.now() - properties.tombstoneRetentionMs,
    },
  };
  const written = await copyCheckpoint(store, session, content, properties.format);
  await advanceHint(store, { version: segment.version, ...written });
  return { version: segment.version, files: written.numOfAddFiles, sizeBytes: written.sizeInBytes };
}

/** Another writer may have been faster with a later checkpoint. */
async function advanceHint(store: ObjectStore, hint: Parameters<typeof writeCheckpointHint>[1]): Promise<void> {
  const known = await readCheckpointHint(store);
  if ((known?.version ?? -1) < hint.version) await writeCheckpointHint(store, hint);
}
