import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { StateFile } from './compiled-output.ts';
import { column } from './names.ts';

/** What state files hold. */
export interface StoredState {
  readonly stored: readonly StoredColumn[];
  /** Columns of which all rows are replaced at once, nulls being values. */
  readonly replaced: readonly string[];
  /** SQL over the stored columns: a watermark that has come so far ends the row. Absent: none does. */
  readonly closesAt?: string;
}

export interface StoredColumn {
  readonly name: string;
  /** DuckDB's. */
  readonly type: string;
}

/** Less than this is written anew without a thought. */
const smallRows = 1000;

/**
 * Which files are written anew, together with the rows that a batch changed: the newest ones, as long as each has at most twice
 * as many rows as all that are newer. So files are few (each has more than twice the rows of all newer ones), the oldest is
 * written again only when half as much has changed, and a row is written about as many times as there are files. All are written
 * anew when two thirds of their rows are of closed windows or older generations.
 */
export function filesToRewrite(files: readonly StateFile[], changedRows: number, open: number): readonly StateFile[] {
  const total = files.reduce((sum, { rows }) => sum + rows, changedRows);
  if (total > 3 * Math.max(open, smallRows)) return files;
  const rewritten: StateFile[] = [];
  let newer = changedRows;
  for (const file of newestFirst(files)) {
    if (file.rows > 2 * newer) break;
    rewritten.push(file);
    newer += file.rows;
  }
  return rewritten;
}

export function newestFirst(files: readonly StateFile[]): readonly StateFile[] {
  return files.toSorted((a, b) => b.generation - a.generation);
}

/** Generations are numbered from 1. */
export function nextGeneration(files: readonly StateFile[]): number {
  return Math.max(0, ...files.map(({ generation }) => generation)) + 1;
}

/** SQL: the stored columns of state files, with the generation of each. */
export function storedRows(files: readonly StateFile[], stored: readonly StoredColumn[]): string {
  return readFiles(
    files.map(({ path, generation }) => ({ path, further: [`CAST(${generation} AS BIGINT) AS ${column.generation}`] })),
    stored,
    [`CAST(NULL AS BIGINT) AS ${column.generation}`],
  );
}

/** SQL: the stored columns of parts. */
export function storedParts(paths: readonly string[], stored: readonly StoredColumn[]): string {
  return readFiles(
    paths.map((path) => ({ path, further: [] })),
    stored,
    [],
  );
}

/** Casts give a column the type that it has now: that of a column of the job's table may have become wider. */
function readFiles(
  files: readonly { readonly path: string; readonly further: readonly string[] }[],
  stored: readonly StoredColumn[],
  furtherNulls: readonly string[],
): string {
  const columns = stored.map(({ name, type }) => `CAST(${name} AS ${type}) AS ${name}`);
  const selects = files.map(
    ({ path, further }) => `SELECT ${[...columns, ...further].join(', ')} FROM read_parquet(${quoteLiteral(path)})`,
  );
  if (selects.length > 0) return selects.join(' UNION ALL ');
  const nulls = stored.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
  return `SELECT ${[...nulls, ...furtherNulls].join(', ')} WHERE false`;
}

/** SQL: a condition under which two rows have the same values, nulls being values. */
export function isSame(columns: readonly string[], left: string, right: string): string {
  return columns.map((name) => `${left}.${name} IS NOT DISTINCT FROM ${right}.${name}`).join(' AND ');
}

/** SQL: the rows of a relation that no newer generation replaces. For few rows: all are sorted. */
export function newestRows(relation: string, replaced: readonly string[]): string {
  return (
    `SELECT * FROM ${relation} ` +
    `QUALIFY ${column.generation} = max(${column.generation}) OVER (PARTITION BY ${replaced.join(', ')})`
  );
}
