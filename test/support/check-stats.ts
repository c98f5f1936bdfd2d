import type { DuckDBConnection } from '@duckdb/node-api';
import { duckType, quoteIdentifier, quoteLiteral } from '../../src/model/pipeline/sql-text.ts';
import type { DataType } from '../../src/model/table/table-schema.ts';
import type { PlainField, PlainFile, PlainTable } from './plain-log.ts';

/** PROTOCOL.md, Per-file Statistics: by default those of the first 32 leaves. */
const indexedLeaves = 32;
const maxStringUnits = 32;

interface Leaf {
  readonly path: readonly string[];
  readonly type: DataType;
}

export interface StatsFindings {
  /** What the log says of a file and its rows do not bear out. */
  readonly problems: readonly string[];
  /** Bounds that were compared with the rows. */
  readonly checkedBounds: number;
}

/** Computes each file's statistics anew from its rows with a plain DuckDB, and compares them with those of the log. */
export async function checkStats(connection: DuckDBConnection, table: PlainTable): Promise<StatsFindings> {
  const stored = table.fields.filter(({ name }) => !table.partitionColumns.includes(name));
  const leaves = leavesOf(stored, []).slice(0, indexedLeaves);
  const problems: string[] = [];
  let checkedBounds = 0;
  for (const file of table.files) {
    const [row = {}] = (await connection.runAndReadAll(statsSql(file, leaves))).getRowObjectsJson();
    for (const [check, outcome] of Object.entries(row)) {
      if (outcome === null) continue;
      if (check.startsWith('bound ')) checkedBounds += 1;
      if (outcome !== true) problems.push(`${file.path}: ${check}`);
    }
    problems.push(...unexpectedKeys(file, leaves));
  }
  return { problems, checkedBounds };
}

/** One column per check: true, false, or null where there is nothing to check. */
function statsSql(file: PlainFile, leaves: readonly Leaf[]): string {
  const checks = leaves.flatMap((leaf, index) => leafChecks(leaf, `v${String(index)}`));
  const values = leaves.map(({ path }, index) => `${leafSql(path)} AS v${String(index)}`);
  return `WITH rows AS (SELECT ${values.join(', ')} FROM read_parquet(${quoteLiteral(file.path)}, hive_partitioning = false)),
    log AS (SELECT ${quoteLiteral(file.stats)}::JSON AS stats)
    SELECT count(*) = CAST(any_value(stats->>'$.numRecords') AS BIGINT) AS "numRecords", ${checks.join(', ')}
    FROM rows, log`;
}

function leafChecks({ path, type }: Leaf, value: string): string[] {
  const name = path.join('.');
  const logged = (section: string): string => `any_value(stats->>${quoteLiteral(jsonPath([section, ...path]))})`;
  const nulls = `(count(*) - count(${value})) = CAST(${logged('nullCount')} AS BIGINT)`;
  const checks = [`coalesce(${nulls}, false) AS ${quoteIdentifier(`nullCount ${name}`)}`];
  if (!hasBounds(type)) return checks;
  const bound = (section: string): string => `TRY_CAST(${logged(section)} AS ${duckType(type)})`;
  const [low, high] = [bound('minValues'), bound('maxValues')];
  const [isLow, isHigh] = boundRules(type, value, low, high);
  // Only nulls: no bounds. Else both are there and as tight as the type allows.
  const outcome = (bounds: string, rule: string): string =>
    `CASE WHEN count(${value}) = 0 THEN ${bounds} IS NULL ELSE coalesce(${rule}, false) END`;
  return [
    ...checks,
    `${outcome(low, isLow)} AS ${quoteIdentifier(`bound minValues ${name}`)}`,
    `${outcome(high, isHigh)} AS ${quoteIdentifier(`bound maxValues ${name}`)}`,
  ];
}

function boundRules(type: DataType, value: string, low: string, high: string): [string, string] {
  const [least, most] = [`min(${value})`, `max(${value})`];
  if (type === 'string') {
    // Cut strings are prefixes below, and above a prefix with a last character that nothing in its place is above.
    const isWhole = (text: string): string => `strlen(${text}) <= ${String(maxStringUnits)}`;
    const isPrefix = `starts_with(${least}, ${low}) AND (${low} = ${least} OR length(${low}) >= ${String(maxStringUnits / 2)})`;
    const isAbove = `${high} >= ${most} AND starts_with(${most}, left(${high}, length(${high}) - 1))`;
    return [
      `CASE WHEN ${isWhole(least)} THEN ${low} = ${least} ELSE ${isPrefix} END`,
      `CASE WHEN ${isWhole(most)} THEN ${high} = ${most} ELSE ${isAbove} END`,
    ];
  }
  if (type === 'timestamp') {
    const floored = (text: string): string => `date_trunc('milliseconds', ${text})`;
    return [`${low} = ${floored(least)}`, `${high} = ${floored(most)}`];
  }
  return [`${low} = ${least}`, `${high} = ${most}`];
}

function unexpectedKeys(file: PlainFile, leaves: readonly Leaf[]): string[] {
  const known = new Set(leaves.map(({ path }) => path.join('.')));
  const { nullCount, minValues, maxValues } = JSON.parse(file.stats) as Record<string, object>;
  return [nullCount, minValues, maxValues].flatMap((section) =>
    keysOf(section ?? {}, [])
      .filter((key) => !known.has(key))
      .map((key) => `${file.path}: statistics of ${key}, which has none`),
  );
}

function keysOf(tree: object, parent: readonly string[]): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? keysOf(value, [...parent, name]) : [[...parent, name].join('.')],
  );
}

function leavesOf(fields: readonly PlainField[], parent: readonly string[]): Leaf[] {
  return fields.flatMap(({ name, type }) =>
    typeof type !== 'string' && type.type === 'struct'
      ? leavesOf(type.fields, [...parent, name])
      : [{ path: [...parent, name], type }],
  );
}

function hasBounds(type: DataType): boolean {
  return typeof type === 'string' && !['boolean', 'binary'].includes(type);
}

function leafSql(path: readonly string[]): string {
  return path.map(quoteIdentifier).join('.');
}

function jsonPath(path: readonly string[]): string {
  return `$.${path.map((name) => JSON.stringify(name)).join('.')}`;
}
