import { commitInfoOf } from '../delta/log/commit-entry.ts';
import { readPieces } from '../delta/log/log-reader.ts';
import { readCommitNote } from '../lake/notes/commit-note-schema.ts';
import { readLedgerPages, writeLedgerPage, type LedgerNote, type LedgerPlace } from '../lake/notes/note-ledger.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { CommitNote } from '../model/table/commit-note.ts';
import { joinBatchNotes } from './join-batch-notes.ts';

/** Versions on one page, so that neither writing nor reading one takes much memory. */
const versionsPerPage = 5000;

/**
 * Writes the notes of commits into the table's ledger before their entries go. Batches that follow one another become
 * one note each, so a page stays small however many there were.
 * @param versions of entries that are in the log, ascending
 */
export async function keepNotes(place: LedgerPlace, versions: readonly number[], signal: AbortSignal): Promise<void> {
  // Who was stopped after the ledger was written has left entries of which it knows already.
  let ledgerEnd = (await readLedgerPages(place)).at(-1)?.endVersion ?? 0;
  for (;;) {
    signal.throwIfAborted();
    const ofPage = versions.filter((version) => version >= ledgerEnd).slice(0, versionsPerPage);
    const [startVersion, last] = [ofPage[0], ofPage.at(-1)];
    if (startVersion === undefined || last === undefined) return;
    // A clean-up at the same time may have ended the page elsewhere: this one goes on from there.
    const page = { startVersion, endVersion: last + 1, notes: await notesOf(place.store, ofPage) };
    ledgerEnd = (await writeLedgerPage(place, page)).endVersion;
  }
}

async function notesOf(store: ObjectStore, versions: readonly number[]): Promise<readonly LedgerNote[]> {
  const notes: LedgerNote[] = [];
  const pieces = versions.map((version) => ({ kind: 'commit', version }) as const);
  for await (const content of readPieces(store, pieces)) {
    if (content.kind !== 'commit') continue;
    const { version, actions } = content.entry;
    const value = commitInfoOf(actions)?.kafkaBronze;
    const reading = readCommitNote(value);
    // What a later release wrote is kept as it is.
    if (reading.kind === 'unreadable') notes.push({ version, note: value });
    // Batches of outputs would fill the ledger: their notes cannot be joined without losing what was late.
    if (reading.kind === 'note' && !isOfOutput(reading.note)) notes.push({ version, note: reading.note });
  }
  return joinBatchNotes(notes);
}

function isOfOutput({ kind }: CommitNote): boolean {
  return kind === 'outputBatch' || kind === 'lateRecords';
}
