import { setTimeout as delay } from 'node:timers/promises';
import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { commitInfoOf, parseCommit } from '../log/commit-entry.ts';
import { commitPath } from '../log/log-path.ts';

/** A log entry that is ready to be written, and by what it is known again. */
export interface PreparedEntry {
  readonly version: number;
  readonly bytes: Uint8Array;
  /** `commitInfo.txnId` of the entry. */
  readonly txnId: string;
}

/** `lost`: another writer's entry has that version, and ours will never have it. */
export type EntryOutcome = { readonly kind: 'written' } | { readonly kind: 'lost' };

/** How long an ambiguous outcome is looked into before it is given up as unknown. */
export interface Persistence {
  readonly giveUpAfterMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultPersistence: Persistence = { giveUpAfterMs: 60_000, firstDelayMs: 20, maxDelayMs: 5_000 };

/**
 * Writes an entry at its version unless that version is taken (invariant 3). An ambiguous outcome is resolved by
 * reading the entry back; as long as nothing is there, the first write may still land, so the same bytes are put again
 * at the same version, never at the next.
 * @throws BronzeError `COMMIT_STATE_UNKNOWN` when the store gave no clear answer for `giveUpAfterMs`.
 */
export async function writeEntry(
  store: ObjectStore,
  entry: PreparedEntry,
  persistence: Persistence = defaultPersistence,
): Promise<EntryOutcome> {
  const giveUpAt = Date.now() + persistence.giveUpAfterMs;
  let delayMs = persistence.firstDelayMs;
  for (;;) {
    const attempt = await attemptEntry(store, entry);
    if (attempt.kind !== 'unknown') return attempt;
    if (Date.now() + delayMs > giveUpAt) throw stateUnknown(store, entry, attempt.cause);
    await delay(delayMs);
    delayMs = Math.min(delayMs * 2, persistence.maxDelayMs);
  }
}

type Attempt = EntryOutcome | { readonly kind: 'unknown'; readonly cause: unknown };

async function attemptEntry(store: ObjectStore, entry: PreparedEntry): Promise<Attempt> {
  const path = commitPath(entry.version);
  try {
    const put = await store.putIfAbsent(path, entry.bytes);
    if (put.kind === 'created') return { kind: 'written' };
    const found = await store.get(path);
    if (found) return { kind: isOurs(found, entry, store.root) ? 'written' : 'lost' };
    return { kind: 'unknown', cause: put.kind === 'unknown' ? put.cause : undefined };
  } catch (cause) {
    if (cause instanceof BronzeError && !cause.retryable) throw cause;
    return { kind: 'unknown', cause };
  }
}

function isOurs(found: Uint8Array, entry: PreparedEntry, root: string): boolean {
  return commitInfoOf(parseCommit(found, `${root}/${commitPath(entry.version)}`))?.txnId === entry.txnId;
}

function stateUnknown(store: ObjectStore, entry: PreparedEntry, cause: unknown): BronzeError {
  return new BronzeError(
    'COMMIT_STATE_UNKNOWN',
    `${store.root}/${commitPath(entry.version)} may or may not hold our commit ${entry.txnId}: the storage gave no clear answer`,
    { cause },
  );
}
