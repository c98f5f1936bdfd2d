import { errorMessage } from '../errors.ts';
import { filesOf } from '../lake/table/table-log.ts';
import type { LakeSession } from '../lake/lake-session.ts';
import { viewFiles, type LakeTable } from '../lake/table/open-table.ts';
import type { AddAction } from '../delta/actions.ts';
import { lateRecordCode } from '../model/table/dead-letter.ts';
import { leftReasons, type ReplayChoice, type ReplaySelection } from '../model/requests/replay-requests.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { loadReplayed, replayedRunsSql } from '../lake/replayed-letters.ts';
import { conditionWrong } from './condition.ts';

/** A dead letter each, in the order of `chunk`, topic, topic partition and offset. */
export const selectionTable = 'selection';

/** Of one chunk, which is a Kafka transaction and in memory as a whole; one larger record is a chunk of its own. */
export interface ChunkLimits {
  readonly bytes: number;
  readonly records: number;
}

export const defaultChunkLimits: ChunkLimits = { bytes: 8 * 1024 * 1024, records: 10_000 };

export interface LetterChoice extends Pick<ReplayChoice, 'where' | 'all' | 'again'> {
  readonly job: string;
  readonly topics: readonly string[];
  readonly limits: ChunkLimits;
}

/**
 * Makes `selectionTable` of the dead letters to be tried, and tells how many are left and why. A record that is a dead
 * letter several times (several jobs' ones aside), as after a reset that kept rows, is one: same coordinates, same
 * timestamp. Throws USAGE for a condition that some dead letter makes fail.
 */
export async function chooseLetters(
  session: LakeSession,
  table: LakeTable,
  choice: LetterChoice,
): Promise<ReplaySelection & { readonly chunks: number }> {
  await loadReplayed(session, table.store);
  const files: AddAction[] = [];
  for await (const add of filesOf(table.store, table.state)) files.push(add);
  await viewFiles(session, 'dead_letters', table, files);
  try {
    await session.run(`CREATE TEMP TABLE chosen AS ${chosenSql(choice)}`);
  } catch (error) {
    const message = errorMessage(error);
    if (choice.where !== undefined && /^(Conversion|Invalid Input|Out of Range) Error/.test(message)) {
      throw conditionWrong(message);
    }
    throw error;
  }
  await session.run(`CREATE TEMP TABLE ${selectionTable} AS ${chunkedSql(choice.limits)}`);
  const { connection } = session;
  const reasons = await connection.runAndReadAll(
    `SELECT coalesce(reason, 'eligible'), count(*) FROM chosen GROUP BY ALL`,
  );
  const byReason = new Map(reasons.getRows().map(([reason, records]) => [String(reason), Number(records)]));
  const chunks = await connection.runAndReadAll(`SELECT coalesce(max(chunk) + 1, 0) FROM ${selectionTable}`);
  const left = leftReasons.flatMap((reason) => {
    const records = byReason.get(reason);
    return records === undefined ? [] : [[reason, records] as const];
  });
  return {
    chosen: [...byReason.values()].reduce((sum, records) => sum + records, 0),
    eligible: byReason.get('eligible') ?? 0,
    left: Object.fromEntries(left),
    chunks: Number(chunks.getRows()[0]?.[0] ?? 0),
  };
}

/** One row per record that the condition holds for, with the reason why it is left, or null. */
function chosenSql({ job, topics, where, all = false, again = false }: LetterChoice): string {
  const isOfJob = `job = ${quoteLiteral(job)} AND topic IN (${topics.map(quoteLiteral).join(', ')})`;
  // Each dead letter of the record counts for what became of it, those of the condition for which one is sent.
  return `
    WITH letters AS (
      SELECT job, topic, partition, "offset", timestamp, batch, step, error_code,
        key IS NULL AND value IS NULL AND headers IS NULL AS is_redacted,
        coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0)
          + coalesce(list_sum([octet_length(h."key") + coalesce(octet_length(h."value"), 0) FOR h IN headers]), 0) AS bytes,
        coalesce((\n${where ?? 'true'}\n), false) AS is_chosen
      FROM dead_letters WHERE ${isOfJob}
    ), tried AS (SELECT *, EXISTS (${replayedRunsSql('1', 'l')}) AS is_replayed FROM letters l)
    SELECT topic, partition, "offset", max(batch) FILTER (is_chosen) AS batch,
      arg_max(step, batch) FILTER (is_chosen) AS step, arg_max(error_code, batch) FILTER (is_chosen) AS code,
      arg_max(bytes, batch) FILTER (is_chosen) AS bytes, timestamp,
      CASE
        WHEN bool_and(is_redacted) FILTER (is_chosen) THEN 'redacted'
        WHEN ${String(!again)} AND bool_or(is_replayed) THEN 'replayed'
        WHEN ${String(!all)} AND bool_or(error_code = ${quoteLiteral(lateRecordCode)}) THEN 'late'
      END AS reason
    FROM tried GROUP BY topic, partition, "offset", timestamp HAVING bool_or(is_chosen)`;
}

function chunkedSql({ bytes, records }: ChunkLimits): string {
  const before =
    'PARTITION BY topic ORDER BY partition, "offset", batch ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';
  return `
    WITH measured AS (
      SELECT *, coalesce(sum(bytes) OVER (${before}), 0) // ${bytes} AS of_bytes, count(*) OVER (${before}) // ${records} AS of_records
      FROM chosen WHERE reason IS NULL
    )
    SELECT CAST(dense_rank() OVER (ORDER BY topic, of_bytes, of_records) - 1 AS INTEGER) AS chunk,
      topic, partition, "offset", batch, step, code, timestamp
    FROM measured ORDER BY chunk, partition, "offset", batch`;
}
