import { quoteLiteral } from '../model/sql-text.ts';
import type { StoredColumn } from './aggregate-sql.ts';
import type { StateFile } from './compiled-output.ts';
import { column } from './names.ts';

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

/**
 * SQL: the stored columns of all files, with the generation of each. Casts give a column the type that it has now: that of
 * a column of the job's table may have become wider.
 */
export function storedRows(
  files: readonly Pick<StateFile, 'path' | 'generation'>[],
  stored: readonly StoredColumn[],
): string {
  const columns = stored.map(({ name, type }) => `CAST(${name} AS ${type}) AS ${name}`);
  const selects = files.map(
    ({ path, generation }) =>
      `SELECT ${columns.join(', ')}, CAST(${generation} AS BIGINT) AS ${column.generation} ` +
      `FROM read_parquet(${quoteLiteral(path)})`,
  );
  if (selects.length > 0) return selects.join(' UNION ALL ');
  const nulls = stored.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
  return `SELECT ${nulls.join(', ')}, CAST(NULL AS BIGINT) AS ${column.generation} WHERE false`;
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
