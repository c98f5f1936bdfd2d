import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { columnMappingMode } from '../schema/column-mapping.ts';
import { ReadableSegments } from '../log/readable-segments.ts';
import { parseSchemaString } from '../schema/schema-string.ts';
import { assertReadable } from '../table-features.ts';
import { checkpointProperties } from './checkpoint-properties.ts';
import { LocalLogFiles, type CheckpointSession } from './checkpoint-session.ts';
import { copyCheckpoint, type CheckpointContent } from './copy-checkpoint.ts';
import { readCheckpointHint, writeCheckpointHint } from './last-checkpoint.ts';
import { localSource, stageLog } from './stage-log.ts';
import { assertWholeCheckpoint } from './whole-checkpoint.ts';

export interface WrittenCheckpoint {
  readonly version: number;
  /** Active files of the table. */
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Writes a checkpoint of the table's newest version, and the hint at it; `undefined` where that version has one that can
 * be read to its end, or there is no table. The rows of the checkpoint before are streamed past the changes since, so that neither memory nor time
 * depend on how many commits there ever were, and memory not on how many files.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a table that we cannot read whole, `TABLE_CORRUPT`.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  session: CheckpointSession,
): Promise<WrittenCheckpoint | undefined> {
  const segments = new ReadableSegments(store, {});
  const staged = await segments.read(async (segment) => {
    const { version, checkpoint } = segment;
    if (checkpoint?.version !== version) return { version, ...(await stageLog(store, segment, session)) };
    await assertWholeCheckpoint(localSource({ store, checkpoint }, new LocalLogFiles(store, session)));
    return undefined;
  });
  if (!staged) return undefined;
  const { protocol, metaData } = staged.tableActions;
  if (!protocol || !metaData) {
    throw new BronzeError('TABLE_CORRUPT', `${store.root}: the log has no protocol or no metaData`);
  }
  const schema = parseSchemaString(metaData.schemaString);
  assertReadable({ protocol, metaData, schema }, store.root);
  const properties = checkpointProperties({ protocol, metaData });
  const content: CheckpointContent = {
    version: staged.version,
    tableActions: staged.tableActions.actions(),
    unreadable: segments.unreadable,
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
  await advanceHint(store, { version: staged.version, ...written });
  return { version: staged.version, files: written.numOfAddFiles, sizeBytes: written.sizeInBytes };
}

/** Another writer may have been faster with a later checkpoint. */
async function advanceHint(store: ObjectStore, hint: Parameters<typeof writeCheckpointHint>[1]): Promise<void> {
  const known = await readCheckpointHint(store);
  if ((known?.version ?? -1) < hint.version) await writeCheckpointHint(store, hint);
}
