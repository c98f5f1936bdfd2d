import { countOf, EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import { deadLetterOwnerColumns, lateRecordCode, lateRecordStep } from '../../model/table/dead-letter.ts';
import { quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { DeadLetterOwner, DiscardCandidate, DiscardedFile, DiscardRequest } from './discard-request.ts';
import { viewLiveRows, writeReplacements } from '../files/rewrite-rows.ts';

export interface DiscardInput extends DiscardRequest {
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
}

const liveView = 'live_rows';
const keptTable = 'kept_rows';

/** Finds the rows to discard in each file, and writes what is left of it as a new file that no commit names yet. */
export async function discardInFiles(input: DiscardInput, signal: AbortSignal): Promise<readonly DiscardedFile[]> {
  const { scratchFolder: folder, memoryBytes: memoryLimitBytes, tableRoot } = input;
  await using session = await EngineSession.open({ folder, memoryLimitBytes, readsFrom: [tableRoot] });
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
  const { path, partitionValues, sizeBytes } = file;
  await using _rows = await viewLiveRows(session, liveView, input, [file], partitionValues);
  const isDiscarded = discardCondition(input);
  const [counts = []] = await session.rows(
    `SELECT count(*), count(*) FILTER (WHERE ${isDiscarded}), count(*) FILTER (WHERE (${isDiscarded}) IS NULL) FROM ${liveView}`,
    `look for rows in ${path}`,
  );
  const [total = 0, discardedRows = 0, unknownRows = 0] = counts.map(countOf);
  if (unknownRows > 0) throw coordinatesMissing(input, file, unknownRows);
  if (discardedRows === 0) return undefined;
  if (discardedRows === total) return { path, discardedRows };

  await session.run(
    `CREATE OR REPLACE TABLE ${keptTable} AS SELECT * FROM ${liveView} WHERE (${isDiscarded}) IS NOT TRUE`,
    `keep the other rows of ${path}`,
  );
  const [replacement, ...others] = await writeReplacements(session, { table: keptTable, sizeBytes }, input, {
    ...{ replacedPath: path, partitionValues },
    // What is left is smaller than the file that it comes from, so it is one file again.
    fileSizeBytes: Number.MAX_SAFE_INTEGER,
  });
  if (!replacement || others.length > 0) throw new BronzeError('INTERNAL', `${path} did not become one file`);
  return { path, discardedRows, replacement };
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

function discardCondition({ schema, columns, topic, from, deadLettersOf: owner }: DiscardInput): string {
  const names = new Set(schema.fields.map(({ name }) => name));
  const column = (name: string): string => (names.has(name) ? quoteIdentifier(name) : 'CAST(NULL AS BIGINT)');
  const ofPartition = from.map(
    ({ partition, offset }) =>
      `(${column(columns.partition)} = ${String(partition)} AND ${column(columns.offset)} >= ${offset})`,
  );
  const ofTopic = columns.topic === undefined ? 'true' : `${column(columns.topic)} = ${quoteLiteral(topic)}`;
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
