import type { TableState } from '../../delta/table-state.ts';
import { allowsDeletionVectors } from '../../delta/table-features.ts';
import type { EngineSession } from '../../engine/session.ts';
import { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { copyOnWrite } from './copy-on-write.ts';
import { deleteByVector } from './delete-by-vector.ts';
import { findOldRows } from './find-old-rows.ts';
import type { ReplacedRows, ReplaceRequest, ReplaceStrategy } from './replace-request.ts';

/**
 * The actions that replace rows of a table by key. Nothing is committed. A commit of them on `state` fails with
 * `TABLE_CHANGED` when another writer moved or deleted rows of the same files meanwhile: then this is to be done again
 * on the newer state. Rows that another writer adds meanwhile are not seen.
 * @throws BronzeError `TABLE_CORRUPT` where a file is gone, what reading and storing throw.
 */
export async function replaceRows(session: EngineSession, request: ReplaceRequest): Promise<ReplacedRows> {
  const files = new RemoteFiles(session.connection, session.outputFolder);
  const affected = await findOldRows(session, files, request);
  switch (request.strategy ?? strategyOf(request.state)) {
    case 'copyOnWrite':
      return copyOnWrite(session, files, request, affected);
    case 'deletionVectors':
      return deleteByVector(session, files, request, affected);
  }
}

/** Deletion vectors where the table takes them. */
function strategyOf(state: TableState): ReplaceStrategy {
  return allowsDeletionVectors(state) ? 'deletionVectors' : 'copyOnWrite';
}
