import { EngineSession } from '../engine/session.ts';
import { viewLiveRows, writeReplacements } from '../ingest/files/rewrite-rows.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';
import { clusteredSql } from './clustered-sql.ts';
import type { RewriteRequest } from './rewrite-request.ts';

export interface RewriteInput extends RewriteRequest {
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
}

const sourceView = 'source_rows';
const clusteredView = 'clustered_rows';

/** @throws BronzeError `TABLE_CORRUPT` where a file is gone; STORAGE_UNAVAILABLE, ENGINE_OUT_OF_MEMORY. */
export async function rewriteFiles(input: RewriteInput): Promise<readonly StagedFile[]> {
  const { files, partitionValues, clustering, sizeBytes } = input;
  await using session = await EngineSession.open({
    folder: input.scratchFolder,
    memoryLimitBytes: input.memoryBytes,
    readsFrom: [input.tableRoot],
  });
  await using _rows = await viewLiveRows(session, sourceView, input, files, partitionValues);
  const ordered = clustering && clusteredSql(sourceView, clustering);
  if (ordered) await session.run(`CREATE TEMP VIEW ${clusteredView} AS ${ordered}`, 'order the rows');
  const source = { table: ordered ? clusteredView : sourceView, sizeBytes };
  return await writeReplacements(session, source, input, {
    replacedPath: files[0]?.path ?? '',
    partitionValues,
    // A little more than the target is one file, and not a second one of a few rows.
    fileSizeBytes: Math.ceil(input.targetFileSizeBytes * 1.1),
  });
}
