import type { AddAction, RemoveAction } from '../../delta/actions.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** How old rows leave: their files are written anew without them, or deletion vectors say that they are gone. */
export type ReplaceStrategy = 'copyOnWrite' | 'deletionVectors';

export interface ReplaceRequest {
  /** Where it is on this machine, the session must have been opened to read from its root. */
  readonly store: ObjectStore;
  /** The rows are looked for at this version, and the actions are for a commit that has it as its base. */
  readonly state: TableState;
  /** None: no row leaves. */
  readonly keyColumns: readonly string[];
  /** A relation of the session with the key columns: all rows of the table with one of these keys leave; nulls are equal. */
  readonly goneRelation: string;
  /** A relation of the session with columns of the table: the rows that enter. Other columns are null in them. */
  readonly newRowsRelation: string;
  readonly target: {
    /** Under the table root, ASCII. */
    readonly folder: string;
    readonly targetFileSizeBytes: number;
  };
  /** By default deletion vectors, where the table takes them. */
  readonly strategy?: ReplaceStrategy;
}

export interface ReplacedRows {
  readonly adds: readonly AddAction[];
  readonly removes: readonly RemoveAction[];
  readonly goneRows: number;
  readonly newRows: number;
  /** In the table's store: durable, and named by no commit. Whoever gives the commit up may delete them. */
  readonly writtenPaths: readonly string[];
  readonly writtenBytes: number;
}
