import { createHash } from 'node:crypto';
import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action } from '../actions.ts';
import { parseCommit } from './commit-entry.ts';
import { commitPath, compactionPath } from './log-path.ts';
import type { LogPiece } from './log-piece.ts';

/** One entry of the log as it was read. */
export interface CommitEntry {
  readonly version: number;
  readonly actions: readonly Action[];
  /** Tells this entry from the one of the same version in a table that was deleted and made anew. */
  readonly digest: string;
}

/** The entry of a version, or `undefined` when there is none. */
export async function readCommit(store: ObjectStore, version: number): Promise<CommitEntry | undefined> {
  const bytes = await store.get(commitPath(version));
  return (
    bytes && { version, actions: parseCommit(bytes, `${store.root}/${commitPath(version)}`), digest: digestOf(bytes) }
  );
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** What a piece of the log holds: an entry, or the reconciled actions of several. */
export type PieceContent =
  | { readonly kind: 'commit'; readonly entry: CommitEntry }
  | { readonly kind: 'compaction'; readonly endVersion: number; readonly actions: readonly Action[] };

/** The pieces in the order given, read ahead a few at a time. */
export async function* readPieces(store: ObjectStore, pieces: readonly LogPiece[]): AsyncIterable<PieceContent> {
  const ahead: Promise<PieceContent>[] = [];
  let next = 0;
  while (next < pieces.length || ahead.length > 0) {
    for (; ahead.length < readAhead; next += 1) {
      const piece = pieces[next];
      if (!piece) break;
      const reading = readPiece(store, piece);
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    const content = await ahead.shift();
    if (content) yield content;
  }
}

const readAhead = 16;

async function readPiece(store: ObjectStore, piece: LogPiece): Promise<PieceContent> {
  switch (piece.kind) {
    case 'commit': {
      const entry = await readCommit(store, piece.version);
      if (!entry) throw vanished(store, commitPath(piece.version));
      return { kind: 'commit', entry };
    }
    case 'compaction': {
      const path = compactionPath(piece.startVersion, piece.endVersion);
      const bytes = await store.get(path);
      if (!bytes) throw vanished(store, path);
      const { endVersion } = piece;
      return { kind: 'compaction', endVersion, actions: parseCommit(bytes, `${store.root}/${path}`) };
    }
  }
}

function vanished(store: ObjectStore, path: string): BronzeError {
  return new BronzeError('TABLE_CORRUPT', `${store.root}/${path} is missing: it vanished while the log was read`);
}

/** The entries after `version`, one by one until there is none: cheap however long the log is. */
export async function* readCommitsAfter(store: ObjectStore, version: number): AsyncIterable<CommitEntry> {
  for (let next = version + 1; ; next += 1) {
    const entry = await readCommit(store, next);
    if (!entry) return;
    yield entry;
  }
}
