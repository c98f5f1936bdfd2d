import { loadTableState } from '../../src/delta/load-table-state.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../../src/model/table/dead-letter.ts';
import { quoteLiteral } from '../../src/model/pipeline/sql-text.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { commitActions } from './delta-table.ts';
import { writeParquet } from './duckdb-parquet.ts';

export interface LetterParts {
  readonly topic: string;
  readonly offset: number;
  readonly partition?: number;
  readonly value?: string | Buffer | null;
  readonly key?: string | Buffer | null;
  readonly headers?: readonly (readonly [key: string | Buffer, value: string | Buffer | null])[];
  readonly timestampMs?: number | null;
  readonly code?: string;
  readonly step?: string;
  readonly batch?: number;
  readonly job?: string;
  /** As a job that scrubs personal data leaves it. */
  readonly redacted?: boolean;
}

const date = '2026-11-20';

/** Adds dead letters to the table at the root, which is made where there is none. */
export async function addDeadLetters(root: string, letters: readonly LetterParts[]): Promise<void> {
  const store = openObjectStore(root);
  const before = await loadTableState(store);
  const partitionColumns = [deadLetterPartitionColumn];
  const state =
    before ?? (await commitActions(store, before, newTableActions({ schema: deadLetterSchema, partitionColumns })));
  if (letters.length === 0) return;
  const sql = letters.map(letterSql).join(' UNION ALL ');
  const add = await writeParquet(root, `${state.version}.parquet`, sql, { [deadLetterPartitionColumn]: date });
  await commitActions(store, state, [{ add }]);
}

function letterSql(letter: LetterParts): string {
  const { topic, offset, partition = 0, code = 'CAST_FAILED', step = 'parse', batch = 1, job = 'test-job' } = letter;
  const { value = '{}', key = null, headers = [], timestampMs = Date.now(), redacted = false } = letter;
  const entries = headers.map(([name, content]) => `{'key': ${blob(name)}, 'value': ${blob(content)}}`);
  const list = `CAST([${entries.join(', ')}] AS STRUCT("key" BLOB, "value" BLOB)[])`;
  return `SELECT ${quoteLiteral(topic)} AS topic, ${partition}::INTEGER AS partition, ${offset}::BIGINT AS "offset",
    ${timestampMs === null ? 'NULL::TIMESTAMPTZ' : `make_timestamptz(${timestampMs * 1000})`} AS timestamp,
    'CreateTime' AS timestamp_type, ${blob(redacted ? null : key)} AS key, ${blob(redacted ? null : value)} AS value,
    ${redacted ? 'CAST(NULL AS STRUCT("key" BLOB, "value" BLOB)[])' : list} AS headers, ${quoteLiteral(step)} AS step,
    ${quoteLiteral(code)} AS error_code, 'why' AS error_message, NULL::INTEGER AS schema_id,
    ${quoteLiteral(job)} AS job, ${batch}::BIGINT AS batch, TIMESTAMPTZ '${date} 07:00:00+00' AS dead_lettered_at`;
}

function blob(content: string | Buffer | null): string {
  return content === null ? 'NULL::BLOB' : `from_hex('${Buffer.from(content).toString('hex')}')`;
}
