import type { DuckDBConnection } from '@duckdb/node-api';
import type { ByteRange } from '../../storage/object-store.ts';

/** Where the pages of a column of a row group are. */
export interface ColumnRange extends ByteRange {
  /** The column of the table: of a nested one the outermost name. */
  readonly column: string;
}

/** The ranges of a Parquet file's columns, by its footer. */
export async function columnRanges(connection: DuckDBConnection, file: string): Promise<readonly ColumnRange[]> {
  // Parts of a nested name are joined by ", " here; a name that holds one is cut, and then matches more than it must.
  const reader = await connection.runAndReadAll(
    `SELECT split_part(path_in_schema, ', ', 1), least(nullif(dictionary_page_offset, 0), data_page_offset),
      total_compressed_size, bloom_filter_offset, bloom_filter_length
    FROM parquet_metadata($1)`,
    [file],
  );
  return reader.getRows().flatMap(([column, start, size, bloomStart, bloomSize]) => {
    const range = (from: unknown, bytes: unknown): ColumnRange => {
      return { column: String(column), start: Number(from), end: Number(from) + Number(bytes) };
    };
    const pages = range(start, size);
    return bloomStart === null || bloomSize === null ? [pages] : [pages, range(bloomStart, bloomSize)];
  });
}

/** Ranges that lie no further apart than `maxGapBytes` as one, and none longer than `maxBytes`. */
export function joinRanges(ranges: readonly ByteRange[], maxGapBytes: number, maxBytes: number): readonly ByteRange[] {
  const joined: ByteRange[] = [];
  for (const { start, end } of ranges.toSorted((one, other) => one.start - other.start)) {
    const last = joined.at(-1);
    if (last && start - last.end <= maxGapBytes)
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else joined.push({ start, end });
  }
  return joined.flatMap(({ start, end }) => {
    const count = Math.ceil((end - start) / maxBytes);
    return Array.from({ length: count }, (_, index) => {
      const from = start + index * maxBytes;
      return { start: from, end: Math.min(end, from + maxBytes) };
    });
  });
}
