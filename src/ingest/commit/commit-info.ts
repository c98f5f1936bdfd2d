import type { CommitDescription } from '../../delta/commit/transaction.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';

/**
 * What a commit of ours says of itself. Readers of `DESCRIBE HISTORY` see the operation and its metrics (strings, as
 * Delta's readers expect them); `bronze verify` reads the note.
 */
export function describeCommit(note: CommitNote, metrics: Readonly<Record<string, number>> = {}): CommitDescription {
  const { job, topic } = note;
  const epochId = 'batch' in note ? String(note.batch) : note.kind;
  return {
    operation: note.kind === 'reset' ? 'RESET OFFSETS' : 'STREAMING UPDATE',
    operationParameters: { outputMode: 'Append', queryId: `${job}/${topic}`, epochId },
    operationMetrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)])),
    kafkaBronze: note,
  };
}
