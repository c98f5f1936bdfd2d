import { leafKey, leafSql, type ColumnStatistics, type Leaf } from './file-stats.ts';
import type { SqlSession } from './sql-session.ts';

/**
 * The least and the greatest text of the columns of which DuckDB's writer does not say them: where one of them has more
 * than 256 bytes and is not ASCII. Not to know a bound is legal, but delta-rs leaves out such files whatever the filter.
 * `rows` is SQL for rows that the files were written from, and may have more than a file.
 */
export async function longTextExtremes(
  session: SqlSession,
  rows: string,
  leaves: readonly Leaf[],
  files: readonly { readonly recordCount: number; readonly statistics: ColumnStatistics }[],
): Promise<ColumnStatistics> {
  const unknown = leaves.filter(
    (leaf) =>
      leaf.type === 'string' &&
      files.some(({ recordCount, statistics }) => {
        const known = statistics.get(leafKey(leaf));
        return known !== undefined && !known.has('min') && Number(known.get('null_count')) < recordCount;
      }),
  );
  if (unknown.length === 0) return new Map();
  const extremes = unknown.flatMap((leaf) => [`min(${leafSql(leaf)})`, `max(${leafSql(leaf)})`]);
  const [row = []] = await session.rows(`SELECT ${extremes.join(', ')} FROM ${rows}`, 'find the bounds of long texts');
  return new Map(
    unknown.map((leaf, index) => {
      const [min, max] = row.slice(2 * index, 2 * index + 2);
      return [
        leafKey(leaf),
        new Map(
          typeof min === 'string' && typeof max === 'string'
            ? [
                ['min', min],
                ['max', max],
              ]
            : [],
        ),
      ];
    }),
  );
}

/** The statistics with the extremes where they have none. */
export function withExtremes(statistics: ColumnStatistics, extremes: ColumnStatistics): ColumnStatistics {
  const added = [...extremes].flatMap(([key, known]) => {
    const own = statistics.get(key);
    return own === undefined || own.has('min') ? [] : [[key, new Map([...own, ...known])] as const];
  });
  return added.length === 0 ? statistics : new Map([...statistics, ...added]);
}
