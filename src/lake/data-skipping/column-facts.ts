import type { AddAction } from '../../delta/actions.ts';
import { physicalName, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import { parseExactly } from '../../delta/log/json-numeral.ts';
import { statsValue } from '../../delta/values/stats-value.ts';
import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';
import { lowestOf, highestOf } from './bound.ts';
import type { ComparableValue } from './row-filter.ts';

/** What the log says of the values of a column in a file. A bound that is absent is not known. */
export interface ColumnFacts {
  readonly type: DataType;
  readonly min: ComparableValue | undefined;
  readonly max: ComparableValue | undefined;
  readonly nulls: 'none' | 'all' | 'unknown';
}

export interface SkippableTable {
  readonly schema: StructType;
  readonly columnMapping: ColumnMappingMode;
}

/** Looks columns up in the partition values and statistics of one file (PROTOCOL.md, Per-file Statistics). */
export class FileFacts {
  readonly #add: AddAction;
  readonly #table: SkippableTable;
  #stats: unknown;

  constructor(add: AddAction, table: SkippableTable) {
    this.#add = add;
    this.#table = table;
  }

  /** `undefined` where the schema has no such column. */
  of(path: readonly string[]): ColumnFacts | undefined {
    const fields = fieldsAlong(this.#table.schema, path);
    const last = fields?.at(-1);
    if (!fields || !last) return undefined;
    const { type } = last;
    const physical = fields.map((field) => physicalName(field, this.#table.columnMapping));
    const [column = ''] = physical;
    const { partitionValues } = this.#add;
    if (physical.length === 1 && Object.hasOwn(partitionValues, column)) {
      return partitionFacts(type, partitionValues[column] ?? '');
    }
    const stats = this.#parsedStats();
    return {
      type,
      min: lowestOf(type, statsValue(stats, ['minValues', ...physical])),
      max: highestOf(type, statsValue(stats, ['maxValues', ...physical])),
      nulls: nullsOf(statsValue(stats, ['nullCount', ...physical]), statsValue(stats, ['numRecords'])),
    };
  }

  #parsedStats(): unknown {
    const { stats } = this.#add;
    if (stats === undefined) return undefined;
    this.#stats ??= parsedStats(stats);
    return this.#stats;
  }
}

/** Statistics that nobody can read are none. */
function parsedStats(stats: string): unknown {
  try {
    // Exactness takes several times as long.
    return /\d{16}/.test(stats) ? parseExactly(stats) : JSON.parse(stats);
  } catch {
    return null;
  }
}

/** PROTOCOL.md, Partition Value Serialization: the empty text is null, and instants without a zone are read as UTC. */
function partitionFacts(type: DataType, value: string): ColumnFacts {
  if (value === '') return { type, min: undefined, max: undefined, nulls: 'all' };
  const text = type === 'timestamp' && !/(Z|[+-]\d{2}:\d{2})$/.test(value) ? `${value}Z` : value;
  return { type, min: lowestOf(type, text), max: highestOf(type, text), nulls: 'none' };
}

/** Both bound what is left once rows were deleted, too. */
function nullsOf(nullCount: unknown, rowCount: unknown): ColumnFacts['nulls'] {
  if (nullCount === 0) return 'none';
  return typeof nullCount === 'number' && nullCount === rowCount ? 'all' : 'unknown';
}

function fieldsAlong(schema: StructType, path: readonly string[]): readonly StructField[] | undefined {
  const along: StructField[] = [];
  let level: DataType = schema;
  for (const name of path) {
    const field: StructField | undefined =
      typeof level !== 'string' && level.type === 'struct' ? fieldNamed(level, name) : undefined;
    if (!field) return undefined;
    along.push(field);
    level = field.type;
  }
  return along;
}

/** Names of columns are unique whatever their case. */
function fieldNamed({ fields }: StructType, name: string): StructField | undefined {
  const lowered = name.toLowerCase();
  return fields.find((field) => field.name === name) ?? fields.find((field) => field.name.toLowerCase() === lowered);
}
