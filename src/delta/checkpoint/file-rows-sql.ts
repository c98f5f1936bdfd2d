import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { physicalName, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import { linesSource, type LinesFile } from './action-lines.ts';
import { addType, removeType } from './checkpoint-columns.ts';
import { checkpointSource } from './checkpoint-sql.ts';
import { parseStatsSql, printStatsSql, statsColumns, statsParsedType } from './stats-sql.ts';

/** The table, as far as the rows of its files depend on it. */
export interface FileRowsTable {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
  readonly statsAsJson: boolean;
  readonly statsAsStruct: boolean;
  /** Of the table, as its log may write it before paths. */
  readonly root: string;
  /** Tombstones from before are left out: milliseconds since the epoch. */
  readonly keepTombstonesAfterMs: number;
}

/** Where the rows come from: local files. */
export interface FileRowsSource {
  /** The newest actions of the log, as lines `{path, vectorId, add | remove}`. */
  readonly newer: LinesFile;
  /** Files of an older checkpoint, as a list in SQL; nothing of it that the newer actions speak of is kept. */
  readonly olderFiles: string | undefined;
}

/** A SELECT of the columns `add` and `remove` of a checkpoint: one row for each active file and each kept tombstone. */
export function fileRowsSql(source: FileRowsSource, table: FileRowsTable): string {
  const statsType = statsParsedType(statsColumns(table.schema, table.partitionColumns, table.columnMapping));
  const newer = linesSource(source.newer, { path: 'string', vectorId: 'string', add: addType, remove: removeType });
  const selects = [`SELECT ${columnsSql('add.stats', statsType, table)} FROM ${newer} WHERE ${isKept(table)}`];
  if (source.olderFiles !== undefined) {
    const older = checkpointSource(source.olderFiles, { add: addType, remove: removeType }, duckType(statsType));
    const stats = `coalesce(add.stats, ${printStatsSql('add.stats_parsed', statsType)})`;
    selects.push(
      `SELECT ${columnsSql(stats, statsType, table)} FROM ${older} o
       ANTI JOIN (SELECT path, vectorId FROM ${newer}) n
       ON n.path = ${canonicalPathSql('coalesce(add.path, remove.path)', table.root)} AND n.vectorId = ${vectorIdSql}
       WHERE ${isKept(table)}`,
    );
  }
  return selects.join(' UNION ALL ');
}

function isKept({ keepTombstonesAfterMs }: FileRowsTable): string {
  return `(add IS NOT NULL OR (remove IS NOT NULL AND coalesce(remove.deletionTimestamp, 0) > ${keepTombstonesAfterMs}))`;
}

function columnsSql(stats: string, statsType: StructType, table: FileRowsTable): string {
  const addFields = addType.fields.map(({ name }) => {
    if (name === 'dataChange') return 'dataChange := false';
    if (name === 'stats') return `stats := ${table.statsAsJson ? stats : 'CAST(NULL AS VARCHAR)'}`;
    return `${quoteIdentifier(name)} := add.${quoteIdentifier(name)}`;
  });
  if (table.statsAsStruct) {
    addFields.push(`stats_parsed := ${parseStatsSql(stats, statsType)}`);
    const partitionValues = parsedPartitionValuesSql(table);
    if (partitionValues !== undefined) addFields.push(`"partitionValues_parsed" := ${partitionValues}`);
  }
  const removeFields = removeType.fields.map(({ name }) => {
    return `${quoteIdentifier(name)} := ${name === 'dataChange' ? 'false' : `remove.${quoteIdentifier(name)}`}`;
  });
  return `CASE WHEN add IS NOT NULL THEN struct_pack(${addFields.join(', ')}) END AS "add",
    CASE WHEN remove IS NOT NULL THEN struct_pack(${removeFields.join(', ')}) END AS "remove"`;
}

function parsedPartitionValuesSql({ schema, partitionColumns, columnMapping }: FileRowsTable): string | undefined {
  const values = schema.fields
    .filter(({ name }) => partitionColumns.includes(name))
    .map((column) => {
      const name = physicalName(column, columnMapping);
      const text = `nullif(add."partitionValues"[${quoteLiteral(name)}], '')`;
      const value = column.type === 'binary' ? `encode(${text})` : `TRY_CAST(${text} AS ${duckType(column.type)})`;
      return `${quoteIdentifier(name)} := ${value}`;
    });
  return values.length === 0 ? undefined : `struct_pack(${values.join(', ')})`;
}

/** As `logicalFile` has it, in SQL. */
const vectorIdSql = `CASE WHEN coalesce(add."deletionVector", remove."deletionVector") IS NULL THEN '' ELSE
  coalesce(add."deletionVector", remove."deletionVector")."storageType"
  || coalesce(add."deletionVector", remove."deletionVector")."pathOrInlineDv"
  || coalesce('@' || coalesce(add."deletionVector", remove."deletionVector")."offset", '') END`;

/** As `logicalFile` has it, in SQL. `url_decode` takes a plus sign for a space, which paths do not. */
function canonicalPathSql(path: string, root: string): string {
  const folder = quoteLiteral(`${root}/`);
  const decoded = `regexp_replace(url_decode(replace(${path}, '+', '%2B')), '^file:(//)?/', '/')`;
  const isPlain = `NOT (contains(${path}, '%') OR contains(${path}, ':') OR starts_with(${path}, '/'))`;
  return `CASE WHEN ${isPlain} THEN ${path} WHEN starts_with(${decoded}, ${folder})
    THEN substr(${decoded}, length(${folder}) + 1) ELSE ${decoded} END`;
}
