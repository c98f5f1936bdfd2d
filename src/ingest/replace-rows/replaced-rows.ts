import { removeOf, type AddAction } from '../../delta/actions.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import { addActionsOf } from '../commit/staged-adds.ts';
import type { AffectedFile } from './find-old-rows.ts';
import type { ReplacedRows } from './replace-request.ts';

/** What a strategy has written. */
export interface WrittenRows {
  readonly newRows: number;
  readonly staged: readonly StagedFile[];
  /** Files that stay, with other deletion vectors. */
  readonly readded?: readonly AddAction[];
  /** The file of the vectors. */
  readonly vectorFile?: { readonly path: string; readonly sizeBytes: number } | undefined;
}

/** All affected files leave the table; those that stay come back as another logical file. */
export function replacedRows(
  affected: readonly AffectedFile[],
  { newRows, staged, readded = [], vectorFile }: WrittenRows,
): ReplacedRows {
  const now = Date.now();
  const written = [...staged, ...(vectorFile ? [vectorFile] : [])];
  return {
    adds: [...addActionsOf(staged, now).map(({ add }) => add), ...readded],
    removes: affected.map(({ add }) => removeOf(add, now)),
    goneRows: affected.reduce((sum, { goneRows }) => sum + goneRows.length, 0),
    newRows,
    writtenPaths: written.map(({ path }) => path),
    writtenBytes: written.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
