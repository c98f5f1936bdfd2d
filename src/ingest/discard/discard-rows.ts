import type { Action, AddAction } from '../../delta/actions.ts';
import { removeOf } from '../../delta/actions.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { dataFilePath } from '../../delta/data-file-path.ts';
import { indexedColumnsOf } from '../../delta/schema/indexed-columns.ts';
import type { TableState } from '../../delta/table-state.ts';
import { FileFacts, type ColumnFacts } from '../../lake/data-skipping/column-facts.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import type { TableHandle } from '../connections.ts';
import { addActionsOf } from '../commit/staged-adds.ts';
import type {
  CoordinateColumns,
  DeadLetterOwner,
  DiscardCandidate,
  DiscardedFile,
  DiscardRequest,
} from './discard-request.ts';

/** Finds the rows to discard in data files and writes what is left of each anew; runs in an engine process. */
export type DiscardInFiles = (request: DiscardRequest, signal: AbortSignal) => Promise<readonly DiscardedFile[]>;

export interface Discarding {
  readonly table: TableHandle;
  readonly state: TableState;
  readonly columns: CoordinateColumns;
  readonly topic: string;
  /** Rows from these offsets on go. */
  readonly from: readonly PartitionOffset[];
  readonly deadLettersOf?: DeadLetterOwner;
}

/**
 * The removes and adds that take the rows of a topic from given offsets on out of a table. Files that the statistics
 * show to lie before all those offsets are not opened.
 */
export async function discardActions(
  discarding: Discarding,
  discardInFiles: DiscardInFiles,
  signal: AbortSignal,
): Promise<readonly Action[]> {
  const { table, state, columns, topic, from } = discarding;
  const { store } = table;
  if (from.length === 0) return [];
  const columnMapping = columnMappingMode(state.metaData);
  const candidates = new Map<string, AddAction>();
  const lowest = from.map(({ offset }) => BigInt(offset)).reduce((left, right) => (left < right ? left : right));
  for await (const add of table.files(state, { deletionVectors: 'return' })) {
    const facts = new FileFacts(add, { schema: state.schema, columnMapping });
    if (mayReach(facts.of([columns.offset]), lowest)) candidates.set(dataFilePath(add.path, store.root), add);
  }
  const discarded = await discardInFiles(
    {
      tableRoot: store.root,
      schema: state.schema,
      partitionColumns: state.partitionColumns,
      columnMapping,
      indexedColumns: indexedColumnsOf(state, store.root),
      columns,
      topic,
      from,
      files: [...candidates].map(([path, add]) => candidateOf(path, add)),
      ...(discarding.deadLettersOf ? { deadLettersOf: discarding.deadLettersOf } : {}),
    },
    signal,
  );
  const now = Date.now();
  return discarded.flatMap(({ path, replacement }): readonly Action[] => {
    const add = candidates.get(path);
    if (!add) return [];
    return [{ remove: removeOf(add, now) }, ...addActionsOf(replacement ? [replacement] : [], now)];
  });
}

function candidateOf(path: string, { size, partitionValues, deletionVector }: AddAction): DiscardCandidate {
  return { path, sizeBytes: size, partitionValues, ...(deletionVector && { deletionVector }) };
}

/** Can the file hold an offset at or above `lowest`? Without statistics, it can. */
function mayReach(offsets: ColumnFacts | undefined, lowest: bigint): boolean {
  return offsets?.max?.kind !== 'integer' || offsets.max.value >= lowest;
}
