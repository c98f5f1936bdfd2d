import { randomUUID } from 'node:crypto';
import { BronzeError } from '../../errors.ts';
import { engineInfo } from '../../model/engine-info.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action, CommitInfo } from '../actions.ts';
import { catchUp } from './catch-up.ts';
import type { ReadParquetRows } from '../checkpoint/read-checkpoint.ts';
import { printCommit } from '../log/commit-entry.ts';
import { assertCommitAllowed } from './commit-rules.ts';
import { writeEntry, type Persistence } from './committer.ts';
import { findConflict, type WinningChanges } from './conflict-check.ts';
import { digestOf } from '../log/log-reader.ts';
import { assertWritable, usesInCommitTimestamps } from '../table-features.ts';
import { TableStateBuilder, type TableState } from '../table-state.ts';

/** Operation, parameters, metrics and our note; the transaction adds timestamp, txnId, engine and isBlindAppend. */
export interface CommitDescription extends Pick<
  CommitInfo,
  'operation' | 'operationParameters' | 'operationMetrics' | 'kafkaBronze'
> {
  /** What is committed depends on rows that the table had: it is no blind append then, whatever its actions are. */
  readonly readsRows?: boolean;
}

/** One transaction. `Refusal` is what `check` answers when the transaction must not be committed. */
export interface TransactionRequest<Refusal> {
  /** The state that the transaction was made for; `undefined` for a table that is to be created. */
  readonly base: TableState | undefined;
  /**
   * May the transaction follow `latest`? Asked before the first write and again at every rebase, always with the newest
   * state; anything but `undefined` refuses it.
   */
  check(latest: TableState | undefined): Refusal | undefined | Promise<Refusal | undefined>;
  /** The actions, without commitInfo, for a commit right after `latest`; asked as often as `check`. */
  actions(latest: TableState | undefined): readonly Action[] | Promise<readonly Action[]>;
  readonly commitInfo: CommitDescription | ((latest: TableState | undefined) => CommitDescription);
  /**
   * What follows when protocol or metaData changed since `base`, or the table came into being or was replaced: `refuse`,
   * the default, throws `TABLE_CHANGED`; under `recheck`, `check` and `actions` answer for the new state.
   */
  readonly onTableChange?: 'refuse' | 'recheck';
  readonly readParquetRows?: ReadParquetRows | undefined;
  readonly persistence?: Persistence;
}

export type TransactionOutcome<Refusal> =
  /** `rebases`: how often another writer took the version first. */
  | {
      readonly kind: 'committed';
      readonly version: number;
      readonly state: TableState;
      readonly rebases: number;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly state: TableState | undefined };

/**
 * Commits as the version after the newest one, rebasing for as long as other writers win.
 * @throws BronzeError `TABLE_CHANGED` on a conflict that a new attempt with a fresh base can solve,
 * `TABLE_FEATURE_UNSUPPORTED` when the table does not allow the commit, `COMMIT_STATE_UNKNOWN` (invariant 3).
 */
export async function commitTransaction<Refusal>(
  store: ObjectStore,
  request: TransactionRequest<Refusal>,
): Promise<TransactionOutcome<Refusal>> {
  const txnId = randomUUID();
  let caughtUp = await catchUp(store, request.base, request.readParquetRows);
  for (let rebases = 0; ; rebases += 1) {
    const { latest, changes } = caughtUp;
    const reason = await request.check(latest);
    if (reason !== undefined) return { kind: 'refused', reason, state: latest };
    if (latest) assertWritable(latest, store.root);
    refuseTableChange(changes, request.onTableChange ?? 'refuse', store.root);

    const actions = await request.actions(latest);
    assertCommitAllowed(actions, latest, store.root);
    refuseConflict(actions, changes, store.root);

    const description = typeof request.commitInfo === 'function' ? request.commitInfo(latest) : request.commitInfo;
    const entry = prepareEntry(latest, actions, description, txnId);
    const outcome = await writeEntry(store, { ...entry, txnId }, request.persistence);
    if (outcome.kind === 'written') {
      const builder = new TableStateBuilder(latest);
      builder.applyCommit({ version: entry.version, actions: entry.actions, digest: digestOf(entry.bytes) });
      return { kind: 'committed', version: entry.version, state: builder.build(store.root), rebases };
    }
    caughtUp = await catchUp(store, latest, request.readParquetRows);
  }
}

function prepareEntry(
  latest: TableState | undefined,
  actions: readonly Action[],
  { readsRows = false, ...description }: CommitDescription,
  txnId: string,
): { readonly version: number; readonly actions: readonly Action[]; readonly bytes: Uint8Array } {
  const nowMs = Date.now();
  const commitInfo: CommitInfo = {
    ...inCommitTimestamp(latest, actions, nowMs),
    timestamp: nowMs,
    ...description,
    engineInfo,
    isBlindAppend: !readsRows && !actions.some((action) => 'remove' in action),
    txnId,
  };
  const all: Action[] = [{ commitInfo }, ...actions];
  return { version: (latest?.version ?? -1) + 1, actions: all, bytes: printCommit(all) };
}

/** PROTOCOL.md, In-Commit Timestamps: strictly increasing, and made anew for every version that is tried. */
function inCommitTimestamp(
  latest: TableState | undefined,
  actions: readonly Action[],
  nowMs: number,
): Pick<CommitInfo, 'inCommitTimestamp'> {
  const protocol = actions.find((action) => 'protocol' in action)?.protocol ?? latest?.protocol;
  const metaData = actions.find((action) => 'metaData' in action)?.metaData ?? latest?.metaData;
  if (!protocol || !metaData || !usesInCommitTimestamps({ protocol, metaData })) return {};
  return { inCommitTimestamp: Math.max(nowMs, (latest?.lastCommitTimestampMs ?? 0) + 1) };
}

function refuseTableChange(changes: WinningChanges, onTableChange: 'refuse' | 'recheck', root: string): void {
  if (changes.table === undefined || onTableChange === 'recheck') return;
  const what = {
    created: 'was created',
    replaced: 'was replaced',
    protocol: 'got another protocol',
    metaData: 'got other metadata',
  };
  throw new BronzeError(
    'TABLE_CHANGED',
    `${root} ${what[changes.table]} by another writer since this transaction began`,
  );
}

function refuseConflict(actions: readonly Action[], changes: WinningChanges, root: string): void {
  const conflict = findConflict(actions, changes, root);
  switch (conflict?.kind) {
    case undefined:
      return;
    case 'fileRemoved':
      throw new BronzeError(
        'TABLE_CHANGED',
        `${root}: another writer removed ${conflict.path}, which this transaction removes`,
      );
    case 'domainChanged':
      throw new BronzeError('TABLE_CHANGED', `${root}: another writer changed the domain ${conflict.domain} as well`);
  }
}
