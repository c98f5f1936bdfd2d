import type { Action, AddAction } from '../delta/actions.ts';
import { removeOf } from '../delta/actions.ts';
import { columnMappingMode } from '../delta/column-mapping.ts';
import { dataFilePath } from '../delta/data-file-path.ts';
import { indexedColumnsOf } from '../delta/indexed-columns.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import type { PartitionOffset } from '../model/batch.ts';
import { physicalFields, physicalName, type ColumnMappingMode } from '../model/column-mapping.ts';
import type { StructType } from '../model/table-schema.ts';
import type { TableHandle } from './connections.ts';
import { addActionsOf } from './staged-adds.ts';
import type { CoordinateColumns, DeadLetterOwner, DiscardRequest, DiscardedFile } from './discard-request.ts';

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
  const { table, state, topic, from } = discarding;
  const { store } = table;
  if (from.length === 0) return [];
  const columnMapping = columnMappingMode(state.metaData);
  assertFoundByName(columnMapping, store.root);
  const columns = physicalColumns(discarding.columns, state.schema, columnMapping);
  const candidates = new Map<string, AddAction>();
  const lowest = from.map(({ offset }) => BigInt(offset)).reduce((left, right) => (left < right ? left : right));
  for await (const add of table.files(state)) {
    if (mayReach(add, columns.offset, lowest)) candidates.set(dataFilePath(add.path, store.root), add);
  }
  const files = [...candidates].map(([path, { partitionValues }]) => ({ path, partitionValues }));
  const discarded = await discardInFiles(
    {
      tableRoot: store.root,
      schema: { type: 'struct', fields: physicalFields(state.schema.fields, columnMapping) },
      columnMapping,
      indexedColumns: indexedColumnsOf(state, store.root),
      columns,
      topic,
      from,
      files,
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

/** Files are written anew as they are, by the names in them; under the mode `id` other writers may choose those freely. */
function assertFoundByName(mode: ColumnMappingMode, root: string): void {
  if (mode !== 'id') return;
  throw new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `${root} maps columns by id (delta.columnMapping.mode): rows cannot be discarded from its files. Reset with rows "keep".`,
  );
}

function physicalColumns(
  { topic, partition, offset }: CoordinateColumns,
  schema: StructType,
  mode: ColumnMappingMode,
): CoordinateColumns {
  const nameOf = (name: string): string => {
    const field = schema.fields.find((other) => other.name === name);
    return field ? physicalName(field, mode) : name;
  };
  const coordinates = { partition: nameOf(partition), offset: nameOf(offset) };
  return topic === undefined ? coordinates : { ...coordinates, topic: nameOf(topic) };
}

/** Can the file hold an offset at or above `lowest`? Without statistics, it can. */
function mayReach(add: AddAction, offsetColumn: string, lowest: bigint): boolean {
  if (add.stats === undefined) return true;
  const { maxValues } = JSON.parse(add.stats) as { readonly maxValues?: Readonly<Record<string, unknown>> };
  const highest = maxValues?.[offsetColumn];
  // Above 2^53 a parsed number is rounded, by less than this margin.
  return typeof highest !== 'number' || BigInt(Math.trunc(highest)) + 1024n >= lowest;
}
