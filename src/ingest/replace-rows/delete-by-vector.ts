import type { AddAction } from '../../delta/actions.ts';
import { wideStats } from '../../delta/deletion-vector/wide-stats.ts';
import { writeDeletionVectors } from '../../delta/deletion-vector/write-deletion-vectors.ts';
import { physicalRecordCount } from '../../delta/record-count.ts';
import { countOf, type EngineSession } from '../../engine/session.ts';
import type { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { AffectedFile } from './find-old-rows.ts';
import type { ReplacedRows, ReplaceRequest } from './replace-request.ts';
import { replacedRows } from './replaced-rows.ts';
import { estimatedBytes, newRowsView, viewNewRows, writeRows } from './write-rows.ts';

/** Leaves the files as they are and says in deletion vectors which of their rows are gone; new rows get files of their own. */
export async function deleteByVector(
  session: EngineSession,
  files: RemoteFiles,
  request: ReplaceRequest,
  affected: readonly AffectedFile[],
): Promise<ReplacedRows> {
  const newRows = await viewNewRows(session, request);
  const sizeBytes = estimatedBytes(request, newRows);
  const staged = await writeRows(session, files, request, { table: newRowsView, sizeBytes });
  const holed: HoledFile[] = [];
  for (const file of affected) {
    const recordCount = physicalRecordCount(file.add) ?? (await countRows(session, files, file));
    const deletedRows = mergeRows((await file.file.deletedRows?.()) ?? [], file.goneRows);
    if (deletedRows.length < recordCount) holed.push({ add: file.add, recordCount, deletedRows });
  }
  const vectors = await writeDeletionVectors(
    request.store,
    holed.map(({ deletedRows }) => deletedRows),
  );
  const readded = holed.flatMap(({ add, recordCount }, index): AddAction[] => {
    const deletionVector = vectors.descriptors[index];
    if (!deletionVector) return [];
    return [{ ...add, dataChange: true, stats: wideStats(add.stats, recordCount), deletionVector }];
  });
  return replacedRows(affected, { newRows, staged, readded, vectorFile: vectors.file });
}

/** A file of which some rows stay. */
interface HoledFile {
  readonly add: AddAction;
  /** All rows that are in the file. */
  readonly recordCount: number;
  readonly deletedRows: readonly bigint[];
}

async function countRows(session: EngineSession, files: RemoteFiles, { add, file }: AffectedFile): Promise<number> {
  const sql = `SELECT count(*) FROM read_parquet(${quoteLiteral(file.url)}, hive_partitioning = false)`;
  await files.bringFor(sql);
  const [[count] = []] = await session.rows(sql, `count the rows of ${add.path}`);
  return countOf(count);
}

/** Both ascend, and have no row in common. */
function mergeRows(one: readonly bigint[], other: readonly bigint[]): readonly bigint[] {
  return one.length === 0 ? other : [...one, ...other].sort((a, b) => (a < b ? -1 : 1));
}
