import type { ObjectStore } from '../../storage/object-store.ts';
import type {
  Action,
  AddAction,
  DomainMetadataAction,
  MetaDataAction,
  ProtocolAction,
  RemoveAction,
  TxnAction,
} from '../actions.ts';
import { logicalFileKey } from '../data-file-path.ts';
import { FileKeySet } from '../log/file-key-set.ts';
import { readPieces } from '../log/log-reader.ts';
import type { LogPiece } from '../log/log-piece.ts';

/** The newest of all actions that are not about files. */
export class NewestTableActions {
  protocol: ProtocolAction | undefined;
  metaData: MetaDataAction | undefined;
  readonly txns = new Map<string, TxnAction>();
  readonly domains = new Map<string, DomainMetadataAction>();

  /** Takes actions from the newest to the oldest. */
  take(action: Action): void {
    if ('protocol' in action) this.protocol ??= action.protocol;
    else if ('metaData' in action) this.metaData ??= action.metaData;
    else if ('txn' in action) setIfAbsent(this.txns, action.txn.appId, action.txn);
    else if ('domainMetadata' in action) {
      setIfAbsent(this.domains, action.domainMetadata.domain, action.domainMetadata);
    }
  }

  /** As a checkpoint holds them; tombstones of domains are not among them. */
  actions(): Action[] {
    return [
      ...(this.protocol ? [{ protocol: this.protocol }] : []),
      ...(this.metaData ? [{ metaData: this.metaData }] : []),
      ...[...this.txns.values()].map((txn) => ({ txn })),
      ...[...this.domains.values()].filter(({ removed }) => !removed).map((domainMetadata) => ({ domainMetadata })),
    ];
  }
}

/** The newest action on a logical file. */
export type FileAction = { readonly add: AddAction } | { readonly remove: RemoveAction };

/**
 * The newest action on each file that pieces of the log speak of (PROTOCOL.md, Action Reconciliation), from the newest
 * to the oldest; all other actions go to `tableActions`.
 */
export async function* newestFileActions(
  store: ObjectStore,
  pieces: readonly LogPiece[],
  tableActions: NewestTableActions,
  seen = new FileKeySet(),
): AsyncIterable<FileAction> {
  for await (const piece of readPieces(store, pieces.toReversed())) {
    const actions = piece.kind === 'commit' ? piece.entry.actions : piece.actions;
    for (const action of actions.toReversed()) {
      if ('add' in action) {
        if (seen.add(logicalFileKey(action.add, store.root))) yield action;
      } else if ('remove' in action) {
        if (seen.add(logicalFileKey(action.remove, store.root))) yield action;
      } else tableActions.take(action);
    }
  }
}

function setIfAbsent<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
