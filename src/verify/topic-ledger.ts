import { readCommitNote, type NoteReading } from '../lake/notes/commit-note-schema.ts';
import { readLedgerPages } from '../lake/notes/note-ledger.ts';
import type { LakeTable } from '../lake/table/open-table.ts';
import { tableHistory } from '../lake/notes/table-history.ts';
import { parseAppId } from '../model/table/app-id.ts';
import { dropCount } from '../model/batch/batch.ts';
import { replayNotes, type NotedCommit, type PartitionCoverage } from './coverage.ts';

/** What a table's log says of a job and topic. */
export interface TopicLedger {
  readonly coverages: readonly PartitionCoverage[];
  /** `txn` of each topic partition, by `<topicId>/<partition>`. */
  readonly positions: ReadonlyMap<string, bigint>;
  /** Is the whole history of the table still in its log? */
  readonly fromTheStart: boolean;
  /** Do commits say that records were given up which Kafka had deleted? */
  readonly hasLostRecords: boolean;
  readonly notes: readonly string[];
}

/** The `txn` version of a topic partition whose topic was deleted and made anew. */
export const givenUp = -1n;

export function positionKey(at: { readonly topicId: string; readonly partition: number }): string {
  return `${at.topicId}/${at.partition}`;
}

/** Reads the log of a table: the offsets it stands at, and what its commits cover. */
export async function readLedger(table: LakeTable, job: string, topic: string): Promise<TopicLedger> {
  const commits: NotedCommit[] = [];
  const notes: string[] = [];
  const { oldest, readings } = await readNotes(table);
  for (const { version, note } of readings) {
    if (note.kind === 'note' && note.note.job === job && note.note.topic === topic) {
      commits.push({ version, note: note.note });
    }
    if (note.kind === 'unreadable') notes.push(`the note of version ${version} is not readable: ${note.problem}`);
  }
  const fromTheStart = oldest === 0;
  if (!fromTheStart) {
    notes.push(
      `the log begins at version ${oldest}, and the entries before it were not removed by \`bronze table cleanup\`: ` +
        'what those commits counted, dropped or read again is not known any more',
    );
  }
  return {
    coverages: replayNotes(commits, fromTheStart),
    positions: readPositions(table, job, topic),
    fromTheStart,
    hasLostRecords: commits.some(
      ({ note }) => note.kind === 'batch' && note.ranges.some(({ drops }) => dropCount(drops, 'lostToRetention') > 0),
    ),
    notes,
  };
}

interface NotesOfTable {
  /** The first version of which the note is known. */
  readonly oldest: number;
  /** Ascending. */
  readonly readings: readonly { readonly version: number; readonly note: NoteReading }[];
}

/** The notes of the log, and before them those that log clean-up has kept, as far back as they follow one another. */
async function readNotes(table: LakeTable): Promise<NotesOfTable> {
  const inLog: { readonly version: number; readonly note: NoteReading }[] = [];
  for await (const { version, note } of tableHistory(table)) inLog.push({ version, note });
  // After the log: a clean-up that goes on meanwhile writes its page before it removes an entry.
  const pages = await readLedgerPages({ store: table.store, tableId: table.state.metaData.id });
  let oldest = inLog.at(-1)?.version ?? table.state.version + 1;
  const ledgerEnd = pages.at(-1)?.endVersion ?? 0;
  if (ledgerEnd < oldest) return { oldest, readings: inLog.toReversed() };
  const readings = inLog.filter(({ version }) => version >= ledgerEnd).reverse();
  oldest = ledgerEnd;
  for (const page of pages.toReversed()) {
    if (page.endVersion !== oldest) break;
    oldest = page.startVersion;
    readings.unshift(...page.notes.map(({ version, note }) => ({ version, note: readCommitNote(note) })));
  }
  return { oldest, readings };
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
