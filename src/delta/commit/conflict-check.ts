import type { Action } from '../actions.ts';
import { logicalFileKey } from '../data-file-path.ts';

/** What other writers committed between the state that a transaction was made for and the one it is to follow. */
export interface WinningChanges {
  /** How the table itself changed: new, another one in its place, or other protocol or metaData. */
  readonly table: TableChange | undefined;
  /** Logical files that left the table; `unknown` when the log could not be read from the one state to the other. */
  readonly removedFiles: ReadonlySet<string> | 'unknown';
  readonly domains: ReadonlySet<string>;
}

export type TableChange = 'created' | 'replaced' | 'protocol' | 'metaData';

export type Conflict =
  { readonly kind: 'fileRemoved'; readonly path: string } | { readonly kind: 'domainChanged'; readonly domain: string };

export const noChanges: WinningChanges = { table: undefined, removedFiles: new Set(), domains: new Set() };

/** `changes` and, after them, what one more entry of the log did. */
export function withEntry(changes: WinningChanges, actions: readonly Action[], root: string): WinningChanges {
  let table = changes.table;
  const removed: string[] = [];
  const domains: string[] = [];
  for (const action of actions) {
    if ('protocol' in action) table ??= 'protocol';
    else if ('metaData' in action) table ??= 'metaData';
    else if ('remove' in action) removed.push(logicalFileKey(action.remove, root));
    else if ('domainMetadata' in action) domains.push(action.domainMetadata.domain);
  }
  return {
    table,
    removedFiles: changes.removedFiles === 'unknown' ? 'unknown' : union(changes.removedFiles, removed),
    domains: union(changes.domains, domains),
  };
}

/**
 * Would our actions undo or repeat what won? Adds never conflict; a remove does with the removal of the same logical
 * file, a domain with a change of the same domain. `table` is for the caller to weigh.
 */
export function findConflict(actions: readonly Action[], changes: WinningChanges, root: string): Conflict | undefined {
  const { removedFiles, domains } = changes;
  for (const action of actions) {
    if ('remove' in action) {
      const { path } = action.remove;
      if (removedFiles === 'unknown' || removedFiles.has(logicalFileKey(action.remove, root))) {
        return { kind: 'fileRemoved', path };
      }
    } else if ('domainMetadata' in action && domains.has(action.domainMetadata.domain)) {
      return { kind: 'domainChanged', domain: action.domainMetadata.domain };
    }
  }
  return undefined;
}

function union(known: ReadonlySet<string>, more: readonly string[]): ReadonlySet<string> {
  return more.length === 0 ? known : new Set([...known, ...more]);
}
