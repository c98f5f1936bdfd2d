import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { physicalFields, type ColumnMappingMode } from '../model/table/column-mapping.ts';
import type { IndexedColumns } from '../model/table/indexed-columns.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';
import type { StructField, StructType } from '../model/table/table-schema.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  fileStats,
  indexedLeaves,
  isContainer,
  leafKey,
  leafSql,
  type ColumnStatistics,
  type Leaf,
} from './file-stats.ts';
import { longTextExtremes, withExtremes } from './long-texts.ts';
import { newFolder, partitionFolder } from './partition-folder.ts';
import { hasPartitionValueSql, partitionValueSql } from './partition-sql.ts';
import { fieldIdsSql, physicalRowsSql } from './physical-rows.ts';
import type { SqlSession } from './sql-session.ts';

export interface FileTarget {
  readonly store: ObjectStore;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** Of the schema; by the names alone where it is absent. */
  readonly columnMapping?: ColumnMappingMode;
  /** Under the table root, ASCII; files of one day are easier to find together. */
  readonly folder: string;
  /** Not below `folder`, but in folders of their partition values alone. */
  readonly partitionFolders?: boolean;
  readonly targetFileSizeBytes: number;
  readonly indexedColumns: IndexedColumns;
}

export interface FileSource {
  readonly table: string;
  /** SQL over the table's columns: the rows to write; all where it is absent. */
  readonly where?: string;
  /** Bytes of the records that the table was made of: more than the files will have. */
  readonly sizeBytes: number;
}

const maxRowGroupRows = 122_880;
/** Larger ones would be read a little faster, and take memory many times their size while they are written. */
const rowGroupBytes = 8 * 1024 * 1024;
const vectorRows = 2048;

/** Writes the rows as Parquet files, at least one per partition value, and moves them into the store. */
export async function writeFiles(session: SqlSession, source: FileSource, target: FileTarget): Promise<StagedFile[]> {
  const { columnMapping: mode = 'none', schema, partitionColumns } = target;
  const partitionFields = physicalFields(
    partitionColumns.map((name) => fieldNamed(schema.fields, name)),
    mode,
  );
  const mappedFields = schema.fields.filter(({ name }) => !partitionColumns.includes(name));
  const dataFields = physicalFields(mappedFields, mode);
  const rows = physicalRowsSql({ ...source, fields: schema.fields, columnMapping: mode });
  const fieldIds = fieldIdsSql(mappedFields, mode);
  const leaves = indexedLeaves(dataFields, target.indexedColumns);
  const parts = await partsOf(session, rows, partitionFields, leaves.filter(isContainer));
  const totalRows = parts.reduce((sum, part) => sum + part.rowCount, 0);
  const staged: StagedFile[] = [];
  let moved: Promise<void> = Promise.resolve();
  for (const part of parts) {
    const sizeBytes = (source.sizeBytes * part.rowCount) / totalRows;
    const folder =
      target.partitionFolders === true ? partitionFolder(part.values) : newFolder(target.folder, part.values);
    const files = await copyPart(session, { rows, part, dataFields, fieldIds, sizeBytes, target });
    const extremes = await longTextExtremes(session, rowsOfPart(rows, part), leaves, files);
    for (const file of files) {
      const path = `${folder}/${randomUUID()}.snappy.parquet`;
      staged.push({
        path,
        sizeBytes: file.sizeBytes,
        recordCount: file.recordCount,
        partitionValues: part.values,
        stats: fileStats(
          file.recordCount,
          leaves,
          withExtremes(file.statistics, extremes),
          file.isWholePart ? part.nullCounts : new Map(),
        ),
      });
      // One file moves while the next is written.
      await moved;
      moved = target.store.putFile(path, file.localFile);
      moved.catch(() => {});
    }
  }
  await moved;
  return staged;
}

interface Part {
  readonly values: StagedFile['partitionValues'];
  readonly where: string;
  readonly rowCount: number;
  /** Null arrays and maps, by `leafKey`. */
  readonly nullCounts: ReadonlyMap<string, number>;
}

/** One part per partition value, in a fixed order. */
async function partsOf(
  session: SqlSession,
  from: string,
  partitionFields: readonly StructField[],
  containers: readonly Leaf[],
): Promise<Part[]> {
  const keys = partitionFields.flatMap((f) => [`CAST(${quoteIdentifier(f.name)} AS VARCHAR)`, partitionValueSql(f)]);
  const nulls = containers.map((leaf) => `count(*) - count(${leafSql(leaf)})`);
  const grouping = keys.length === 0 ? '' : `GROUP BY ${keys.map((_, index) => index + 1).join(', ')} ORDER BY ALL`;
  const rows = await session.rows(
    `SELECT ${[...keys, 'count(*)', ...nulls].join(', ')} FROM ${from} ${grouping}`,
    'list the partition values',
  );
  return rows.flatMap((row): Part[] => {
    const rowCount = Number(row[keys.length]);
    if (rowCount === 0) return [];
    const filters = partitionFields.map((f, index) => hasPartitionValueSql(f, textOrNull(row[index * 2])));
    return [
      {
        values: Object.fromEntries(partitionFields.map((f, index) => [f.name, textOrNull(row[index * 2 + 1])])),
        where: rows.length === 1 ? '' : filters.join(' AND '),
        rowCount,
        nullCounts: new Map(containers.map((leaf, index) => [leafKey(leaf), Number(row[keys.length + 1 + index])])),
      },
    ];
  });
}

interface PartCopy {
  /** SQL to select from. */
  readonly rows: string;
  readonly part: Part;
  readonly dataFields: readonly StructField[];
  readonly fieldIds: string | undefined;
  readonly sizeBytes: number;
  readonly target: FileTarget;
}

interface WrittenFile {
  readonly localFile: string;
  readonly recordCount: number;
  readonly sizeBytes: number;
  readonly statistics: ColumnStatistics;
  readonly isWholePart: boolean;
}

async function copyPart(session: SqlSession, copy: PartCopy): Promise<WrittenFile[]> {
  const { part, dataFields, fieldIds, sizeBytes, target } = copy;
  const isSplit = sizeBytes > target.targetFileSizeBytes;
  const bytesPerGroup = Math.min(rowGroupBytes, target.targetFileSizeBytes / 4);
  const groupRows = Math.floor(bytesPerGroup / (sizeBytes / part.rowCount) / vectorRows) * vectorRows;
  const options = [
    'FORMAT parquet',
    'COMPRESSION snappy',
    `ROW_GROUP_SIZE ${Math.min(maxRowGroupRows, Math.max(vectorRows, groupRows))}`,
    // A larger dictionary is tried for columns of unique text, and then thrown away.
    'DICTIONARY_SIZE_LIMIT 1000',
    `WRITE_BLOOM_FILTER ${String(!dataFields.some(isMisreadByBloomFilter))}`,
    'RETURN_STATS',
    ...(fieldIds === undefined ? [] : [fieldIds]),
    ...(isSplit ? [`FILE_SIZE_BYTES ${target.targetFileSizeBytes}`, `FILENAME_PATTERN 'part-{uuid}'`] : []),
  ];
  const output = join(session.outputFolder, isSplit ? randomUUID() : `${randomUUID()}.parquet`);
  const columns = dataFields.map(({ name }) => quoteIdentifier(name)).join(', ');
  const rows = await session.rows(
    `COPY (SELECT ${columns} FROM ${rowsOfPart(copy.rows, part)}) TO ${quoteLiteral(output)} (${options.join(', ')})`,
    'write a Parquet file',
  );
  const files = rows.map(([localFile, recordCount, fileSize, , statistics]): WrittenFile => {
    return {
      localFile: String(localFile),
      recordCount: Number(recordCount),
      sizeBytes: Number(fileSize),
      statistics: columnStatistics(statistics),
      isWholePart: rows.length === 1,
    };
  });
  const written = files.reduce((sum, file) => sum + file.recordCount, 0);
  if (written !== part.rowCount) {
    throw new BronzeError('INTERNAL', `${written} rows were written of ${part.rowCount} that were staged`);
  }
  return files.filter((file) => file.recordCount > 0);
}

/**
 * Readers that are DuckDB 1.5 miss rows by Bloom filters: those of equal bytes, unless all of them are printable, and
 * those of the other zero (duckdb/duckdb#23829).
 */
function isMisreadByBloomFilter({ type }: StructField): boolean {
  return type === 'binary' || type === 'float' || type === 'double';
}

function rowsOfPart(rows: string, { where }: Part): string {
  return where === '' ? rows : `${rows} WHERE ${where}`;
}

function fieldNamed(fields: readonly StructField[], name: string): StructField {
  const found = fields.find((f) => f.name === name);
  if (!found) throw new BronzeError('INTERNAL', `partition column ${name} is not in the schema`);
  return found;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** DuckDB's map of maps, as its JSON converter gives it: lists of `{key, value}`. */
function columnStatistics(value: unknown): ColumnStatistics {
  return new Map(
    entriesOf(value).map(([column, inner]) => [
      column,
      new Map(entriesOf(inner).map(([name, v]) => [name, String(v)])),
    ]),
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: { readonly key: unknown; readonly value: unknown }) => [String(entry.key), entry.value]);
}
