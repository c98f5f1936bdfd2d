import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Which columns of Parquet files a statement reads, by the plan that DuckDB makes of it; `undefined`
 * where there is no plan, as for a statement that is wrong. Rather too many than too few: a name that occurs in what a
 * scan projects or filters counts for the files of all scans.
 */
export async function neededColumns(
  connection: DuckDBConnection,
  sql: string,
): Promise<((column: string) => boolean) | undefined> {
  let scans: string;
  try {
    // Of several statements, which some single ones become (PIVOT), only the first would be explained.
    if ((await connection.extractStatements(sql)).count !== 1) return () => true;
    const plan = await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${sql}`);
    scans = scansOf(parsed(String(plan.value(1, 0))))
      .join('\n')
      .toLowerCase();
  } catch {
    return undefined;
  }
  return (column) => scans.includes(column.toLowerCase());
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}

/** What the plan says of each scan of Parquet files. */
function scansOf(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (typeof node !== 'object' || node === null) return [];
    const isScan = 'name' in node && String(node.name).includes('PARQUET');
    const own = isScan && 'extra_info' in node ? [namesIn(node.extra_info)] : [];
    return [...own, ...('children' in node ? scansOf(node.children) : [])];
  });
}

/** Texts as they are, not as JSON would escape them. */
function namesIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(namesIn).join('\n');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(namesIn).join('\n');
  return String(value);
}
