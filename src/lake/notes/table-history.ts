import type { CommitInfo } from '../../delta/actions.ts';
import { history } from '../../delta/log/history.ts';
import { readCommitNote, type NoteReading } from './commit-note-schema.ts';
import type { LakeTable } from '../table/open-table.ts';

/** One version of a table, with what our own commits say of themselves. */
export interface TableCommit {
  readonly version: number;
  readonly timestampMs: number;
  readonly commitInfo: CommitInfo | undefined;
  readonly note: NoteReading;
}

/** The versions up to the table's own, newest first, as far back as the log reaches. */
export async function* tableHistory(table: Pick<LakeTable, 'store' | 'state'>): AsyncGenerator<TableCommit> {
  for await (const entry of history(table.store, { toVersion: table.state.version })) {
    yield { ...entry, note: readCommitNote(entry.commitInfo?.kafkaBronze) };
  }
}
