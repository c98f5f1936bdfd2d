import { join } from 'node:path';
import { EngineSession } from '../engine/session.ts';
import { BronzeError } from '../errors.ts';
import { deletedRowsOf } from '../lake/data-file.ts';
import { createTableView, type DataFile } from '../lake/table-view.ts';
import type { StagedFile } from '../model/staged-file.ts';
import { folderOfReplacement, newFolder } from '../parquet/partition-folder.ts';
import { writeFiles } from '../parquet/write-files.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
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
  const { tableRoot, schema, partitionColumns, partitionValues, clustering, columnMapping } = input;
  const store = openObjectStore(tableRoot);
  await using session = await EngineSession.open({
    folder: input.scratchFolder,
    memoryLimitBytes: input.memoryBytes,
  });
  const local: DataFile[] = [];
  for (const [index, { path, deletionVector }] of input.files.entries()) {
    const url = join(session.outputFolder, `input-${String(index)}.parquet`);
    if (!(await store.getFile(path, url))) {
      throw new BronzeError('TABLE_CORRUPT', `${tableRoot}: the log names ${path}, which is not there`);
    }
    const deletedRows = deletionVector && { deletedRows: () => deletedRowsOf(store, deletionVector) };
    local.push({ url, partitionValues, ...deletedRows });
  }
  const dataFields = schema.fields.filter(({ name }) => !partitionColumns.includes(name));
  const dataSchema = { ...schema, fields: dataFields };
  const source = { schema: dataSchema, partitionColumns: [], columnMapping, files: local };
  await createTableView(session.connection, sourceView, source);
  const ordered = clustering && clusteredSql(sourceView, clustering);
  if (ordered) await session.run(`CREATE TEMP VIEW ${clusteredView} AS ${ordered}`, 'order the rows');
  const staged = await writeFiles(
    session,
    { table: ordered ? clusteredView : sourceView, sizeBytes: input.sizeBytes },
    {
      store,
      schema: dataSchema,
      partitionColumns: [],
      folder: folderOfReplacement(
        input.files[0]?.path ?? '',
        newFolder(new Date().toISOString().slice(0, 10), partitionValues),
      ),
      // A little more than the target is one file, and not a second one of a few rows.
      targetFileSizeBytes: Math.ceil(input.targetFileSizeBytes * 1.1),
      columnMapping,
      indexedColumns: input.indexedColumns,
    },
  );
  return staged.map((file) => ({ ...file, partitionValues }));
}
