import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { physicalName } from '../../model/table/column-mapping.ts';
import { recordCount } from '../../delta/record-count.ts';
import { parseAppId } from '../../model/table/app-id.ts';
import type { Offset, TopicPartition } from '../../model/batch/offset-range.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { LakeTable } from './open-table.ts';
import { filesOf } from './table-log.ts';

export interface TableDescription {
  readonly name: string;
  readonly root: string;
  readonly version: number;
  readonly lastCommitTimestampMs: number;
  readonly id: string;
  readonly description?: string;
  readonly protocol: LakeTable['state']['protocol'];
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly files: number;
  readonly sizeBytes: number;
  /** From the statistics of the files; `undefined` where one has none. */
  readonly rows: number | undefined;
  /** Distinct tuples of partition values. */
  readonly partitionValues: number;
  readonly positions: readonly (TopicPartition & { readonly job: string; readonly offset: Offset })[];
  /** Transaction identifiers that are not offsets: ours for epochs and batches, and other writers'. */
  readonly otherTransactions: Readonly<Record<string, Offset>>;
}

/** What the log says of the table at its version. */
export async function describeTable(table: LakeTable): Promise<TableDescription> {
  const { state } = table;
  let files = 0;
  let sizeBytes = 0;
  let rows: number | undefined = 0;
  const tuples = new Set<string>();
  const mode = columnMappingMode(state.metaData);
  const partitionFields = state.schema.fields.filter(({ name }) => state.partitionColumns.includes(name));
  for await (const file of filesOf(table.store, state)) {
    files += 1;
    sizeBytes += file.size;
    const count = recordCount(file);
    rows = rows === undefined || count === undefined ? undefined : rows + count;
    tuples.add(
      JSON.stringify(partitionFields.map((column) => file.partitionValues[physicalName(column, mode)] ?? null)),
    );
  }
  return {
    name: table.name,
    root: table.root,
    version: state.version,
    lastCommitTimestampMs: state.lastCommitTimestampMs,
    id: state.metaData.id,
    ...(state.metaData.description === undefined ? {} : { description: state.metaData.description }),
    protocol: state.protocol,
    schema: state.schema,
    partitionColumns: state.partitionColumns,
    properties: state.metaData.configuration,
    files,
    sizeBytes,
    rows,
    partitionValues: state.partitionColumns.length === 0 ? 0 : tuples.size,
    ...transactions(state.txns),
  };
}

function transactions(txns: ReadonlyMap<string, Offset>): Pick<TableDescription, 'positions' | 'otherTransactions'> {
  const positions: TableDescription['positions'][number][] = [];
  const otherTransactions: Record<string, Offset> = {};
  for (const [appId, offset] of txns) {
    const parsed = parseAppId(appId);
    if (parsed) positions.push({ ...parsed, offset });
    else otherTransactions[appId] = offset;
  }
  positions.sort(
    (one, other) =>
      one.job.localeCompare(other.job) || one.topic.localeCompare(other.topic) || one.partition - other.partition,
  );
  return { positions, otherTransactions };
}
