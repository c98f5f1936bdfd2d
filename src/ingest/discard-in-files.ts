import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { countOf, EngineSession } from '../engine/session.ts';
import { BronzeError } from '../errors.ts';
import { deadLetterOwnerColumns, lateRecordCode, lateRecordStep } from '../model/dead-letter.ts';
import { quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import { folderOfReplacement, newFolder } from '../parquet/partition-folder.ts';
import { writeFiles } from '../parquet/write-files.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import type { DeadLetterOwner, DiscardCandidate, DiscardedFile, DiscardRequest } from './discard-request.ts';

export interface DiscardInput extends DiscardRequest {
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
}

const keptTable = 'kept_rows';

/** Finds the rows to discard in each file, and writes what is left of it as a new file that no commit names yet. */
export async function discardInFiles(input: DiscardInput, signal: AbortSignal): Promise<readonly DiscardedFile[]> {
  const { scratchFolder: folder, memoryBytes: memoryLimitBytes } = input;
  await using session = await EngineSession.open({ folder, memoryLimitBytes });
  const discarded: DiscardedFile[] = [];
  for (const file of input.files) {
    signal.throwIfAborted();
    const found = await discardInFile(session, input, file);
    if (found) discarded.push(found);
  }
  return discarded;
}

async function discardInFile(
  session: EngineSession,
  input: DiscardInput,
  file: DiscardCandidate,
): Promise<DiscardedFile | undefined> {
  const store = openObjectStore(input.tableRoot);
  const local = join(session.outputFolder, 'read.parquet');
  await rm(local, { force: true });
  if (!(await store.getFile(file.path, local))) {
    throw new BronzeError('TABLE_CORRUPT', `${input.tableRoot}: the log names ${file.path}, which is not there`);
  }
  const source = `read_parquet(${quoteLiteral(local)})`;
  const names = await columnsOf(session, source);
  const isDiscarded = discardCondition(input, file, names);
  const [counts = []] = await session.rows(
    `SELECT count(*), count(*) FILTER (WHERE ${isDiscarded}), count(*) FILTER (WHERE (${isDiscarded}) IS NULL) FROM ${source}`,
    `look for rows in ${file.path}`,
  );
  const [total = 0, discardedRows = 0, unknownRows = 0] = counts.map(countOf);
  if (unknownRows > 0) throw coordinatesMissing(input, file, unknownRows);
  if (discardedRows === 0) return undefined;
  const { path, partitionValues } = file;
  if (discardedRows === total) return { path, discardedRows };

  await session.run(
    `CREATE OR REPLACE TABLE ${keptTable} AS SELECT * FROM ${source} WHERE (${isDiscarded}) IS NOT TRUE`,
    `keep the other rows of ${file.path}`,
  );
  const [replacement, ...others] = await writeFiles(
    session,
    { table: keptTable, sizeBytes: (await stat(local)).size },
    {
      store,
      schema: { type: 'struct', fields: input.schema.fields.filter(({ name }) => names.has(name)) },
      partitionColumns: [],
      folder: folderOfReplacement(path, newFolder(new Date().toISOString().slice(0, 10), partitionValues)),
      // What is left is smaller than the file that it comes from, so it is one file again.
      targetFileSizeBytes: Number.MAX_SAFE_INTEGER,
      columnMapping: input.columnMapping,
      indexedColumns: input.indexedColumns,
    },
  );
  if (!replacement || others.length > 0) throw new BronzeError('INTERNAL', `${file.path} did not become one file`);
  return { path, discardedRows, replacement: { ...replacement, partitionValues } };
}

/** Files from before a column was added lack it. */
async function columnsOf(session: EngineSession, source: string): Promise<ReadonlySet<string>> {
  const columns = await session.rows(`SELECT column_name FROM (DESCRIBE FROM ${source})`, 'list the columns');
  return new Set(columns.map(([name]) => String(name)));
}

/** Rows that stay although they are replayed would be there twice. */
function coordinatesMissing(
  { tableRoot, columns, topic }: DiscardInput,
  { path }: DiscardCandidate,
  rows: number,
): Error {
  const names = Object.values(columns).join(', ');
  return new BronzeError(
    'RESET_INVALID',
    `rows "discard" cannot tell whether ${String(rows)} rows of ${tableRoot}/${path} are to go: ${names} do not say where in ` +
      `${topic} they came from. Reset with rows "keep".`,
  );
}

function discardCondition(
  { columns, topic, from, deadLettersOf: owner }: DiscardInput,
  { partitionValues }: DiscardCandidate,
  names: ReadonlySet<string>,
): string {
  const column = (name: string, type: 'BIGINT' | 'VARCHAR'): string => {
    const value = partitionValues[name];
    if (value === undefined && names.has(name)) return quoteIdentifier(name);
    return `CAST(${value === undefined || value === null ? 'NULL' : quoteLiteral(value)} AS ${type})`;
  };
  const ofPartition = from.map(({ partition, offset }) => {
    return `(${column(columns.partition, 'BIGINT')} = ${String(partition)} AND ${column(columns.offset, 'BIGINT')} >= ${offset})`;
  });
  const ofTopic = columns.topic === undefined ? 'true' : `${column(columns.topic, 'VARCHAR')} = ${quoteLiteral(topic)}`;
  const ofOwner = owner === undefined ? 'true' : ownerCondition(owner);
  return `${ofTopic} AND ${ofOwner} AND (${ofPartition.join(' OR ')})`;
}

function ownerCondition({ job, lateFor, sinceBatch }: DeadLetterOwner): string {
  const columns = deadLetterOwnerColumns;
  return [
    `${columns.job} = ${quoteLiteral(job)}`,
    lateFor === undefined
      ? `${columns.code} <> ${quoteLiteral(lateRecordCode)}`
      : `${columns.code} = ${quoteLiteral(lateRecordCode)} AND ${columns.step} = ${quoteLiteral(lateRecordStep(lateFor))}`,
    ...(sinceBatch === undefined ? [] : [`${columns.batch} >= ${String(sinceBatch)}`]),
  ].join(' AND ');
}
