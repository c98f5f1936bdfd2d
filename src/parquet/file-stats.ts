import type { IndexedColumns } from '../model/table/indexed-columns.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import { jsonBounds } from './stats-bounds.ts';

/** What `COPY … (RETURN_STATS)` says of one column of one file: by name, all as text. */
export type ColumnStatistics = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A column that holds values and no further columns, as far as statistics go: an array or a map is one. */
export interface Leaf {
  readonly path: readonly string[];
  readonly type: DataType;
}

/** The leaves that statistics are kept for, in the order of the schema. */
export function indexedLeaves(fields: readonly StructField[], indexed: IndexedColumns): Leaf[] {
  const isAmong = (paths: readonly (readonly string[])[], leaf: Leaf): boolean =>
    paths.some((path) => path.every((name, depth) => leaf.path[depth] === name));
  return leavesOf(fields, []).filter((leaf, index) => {
    if ('only' in indexed) return isAmong(indexed.only, leaf);
    return indexed.first < 0 || index < indexed.first || isAmong(indexed.always ?? [], leaf);
  });
}

function leavesOf(fields: readonly StructField[], parent: readonly string[]): Leaf[] {
  return fields.flatMap(({ name, type }) => {
    const path = [...parent, name];
    if (typeof type !== 'string' && type.type === 'struct') return leavesOf(type.fields, path);
    return [{ path, type }];
  });
}

export function isContainer({ type }: Leaf): boolean {
  return typeof type !== 'string';
}

/** Nested as the schema; the leaves are JSON text. */
type JsonTree = Map<string, JsonTree | string>;

/**
 * The JSON of `add.stats`. `containerNullCounts` holds the null arrays and maps by `leafKey`: DuckDB counts nulls inside
 * of them only.
 */
export function fileStats(
  recordCount: number,
  leaves: readonly Leaf[],
  statistics: ColumnStatistics,
  containerNullCounts: ReadonlyMap<string, number>,
): string {
  const minValues: JsonTree = new Map<string, JsonTree | string>();
  const maxValues: JsonTree = new Map<string, JsonTree | string>();
  const nullCount: JsonTree = new Map<string, JsonTree | string>();
  for (const leaf of leaves) {
    const key = leafKey(leaf);
    const column = statistics.get(key);
    const nulls = isContainer(leaf) ? containerNullCounts.get(key)?.toString() : column?.get('null_count');
    if (nulls !== undefined) put(nullCount, leaf.path, nulls);
    const extremes = { min: column?.get('min'), max: column?.get('max'), hasNan: column?.get('has_nan') === 'true' };
    const { min, max } = jsonBounds(leaf.type, extremes);
    if (min !== undefined) put(minValues, leaf.path, min);
    if (max !== undefined) put(maxValues, leaf.path, max);
  }
  const sections = Object.entries({ minValues, maxValues, nullCount });
  const texts = sections.map(([name, tree]) => `"${name}":${jsonText(tree)}`);
  return `{"numRecords":${recordCount},${texts.join(',')}}`;
}

/** How DuckDB names a leaf in its statistics. */
export function leafKey({ path }: Leaf): string {
  return path.map(quoteIdentifier).join('.');
}

/** SQL for a leaf's value in a row. */
export function leafSql({ path }: Leaf): string {
  return path
    .slice(1)
    .reduce((sql, name) => `struct_extract(${sql}, ${quoteLiteral(name)})`, quoteIdentifier(path[0] ?? ''));
}

function put(tree: JsonTree, path: readonly string[], json: string): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    tree.set(name, json);
    return;
  }
  const existing = tree.get(name);
  const branch: JsonTree = existing instanceof Map ? existing : new Map<string, JsonTree | string>();
  tree.set(name, branch);
  put(branch, rest, json);
}

function jsonText(tree: JsonTree): string {
  const members = [...tree].map(([name, value]) => {
    return `${JSON.stringify(name)}:${typeof value === 'string' ? value : jsonText(value)}`;
  });
  return `{${members.join(',')}}`;
}
