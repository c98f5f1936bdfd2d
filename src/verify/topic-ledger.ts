import type { LakeTable } from '../lake/open-table.ts';
import { tableHistory } from '../lake/table-history.ts';
import { parseAppId } from '../model/app-id.ts';
import { replayNotes, type NotedCommit, type PartitionCoverage } from './coverage.ts';

/** What a table's log says of a job and topic. */
export interface TopicLedger {
  readonly coverages: readonly PartitionCoverage[];
  /** `txn` of each topic partition, by `<topicId>/<partition>`. */
  readonly positions: ReadonlyMap<string, bigint>;
  /** Is the whole history of the table still in its log? */
  readonly fromTheStart: boolean;
  readonly notes: readonly string[];
}

export function positionKey(at: { readonly topicId: string; readonly partition: number }): string {
  return `${at.topicId}/${at.partition}`;
}

/** Reads the log of a table: the offsets it stands at, and what its commits cover. */
export async function readLedger(table: LakeTable, job: string, topic: string): Promise<TopicLedger> {
  const commits: NotedCommit[] = [];
  const notes: string[] = [];
  let oldest = table.state.version + 1;
  for await (const { version, note } of tableHistory(table)) {
    oldest = version;
    if (note.kind === 'note' && note.note.job === job && note.note.topic === topic) {
      commits.push({ version, note: note.note });
    }
    if (note.kind === 'unreadable') notes.push(`the note of version ${version} is not readable: ${note.problem}`);
  }
  const fromTheStart = oldest === 0;
  if (!fromTheStart) {
    notes.push(`the log begins at version ${oldest}: what commits before it counted is not known any more`);
  }
  return {
    coverages: replayNotes(commits.reverse(), fromTheStart),
    positions: readPositions(table, job, topic),
    fromTheStart,
    notes,
  };
}

/** The offsets that a table stands at for a job and topic. */
export function readPositions(table: LakeTable | undefined, job: string, topic: string): Map<string, bigint> {
  const positions = new Map<string, bigint>();
  for (const [appId, offset] of table?.state.txns ?? []) {
    const parsed = parseAppId(appId);
    if (parsed && parsed.job === job && parsed.topic === topic) positions.set(positionKey(parsed), BigInt(offset));
  }
  return positions;
}
