import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import type { EngineSession } from '../../engine/session.ts';
import type { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { createTableView } from '../../lake/table/table-view.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import type { AffectedFile } from './find-old-rows.ts';
import type { ReplacedRows, ReplaceRequest } from './replace-request.ts';
import { replacedRows } from './replaced-rows.ts';
import { estimatedBytes, newRowsView, viewNewRows, writeRows } from './write-rows.ts';

const keptView = 'replace_kept_rows';
const allView = 'replace_all_rows';

/** Writes what is left of the files anew, together with the new rows of each partition value. */
export async function copyOnWrite(
  session: EngineSession,
  files: RemoteFiles,
  request: ReplaceRequest,
  affected: readonly AffectedFile[],
): Promise<ReplacedRows> {
  const { schema, partitionColumns, metaData } = request.state;
  await createTableView(session.connection, keptView, {
    schema,
    partitionColumns,
    columnMapping: columnMappingMode(metaData),
    files: affected.map(({ file, goneRows }) => ({
      ...file,
      deletedRows: async () => [...((await file.deletedRows?.()) ?? []), ...goneRows],
    })),
  });
  const newRows = await viewNewRows(session, request);
  const columns = schema.fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  const union = [keptView, newRowsView].map((view) => `SELECT ${columns} FROM ${view}`).join(' UNION ALL ');
  await session.run(`CREATE OR REPLACE TEMP VIEW ${allView} AS ${union}`, 'join old rows and new ones');
  const keptBytes = affected.reduce((sum, { add }) => sum + add.size, 0);
  const sizeBytes = keptBytes + estimatedBytes(request, newRows);
  const staged = await writeRows(session, files, request, { table: allView, sizeBytes });
  return replacedRows(affected, { newRows, staged });
}
