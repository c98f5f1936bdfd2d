import { BronzeError } from '../../errors.ts';
import { countOf, type EngineSession } from '../../engine/session.ts';
import type { OffsetRun, StepDropReason } from '../../model/batch/dropped-offsets.ts';
import { hidden, isRow } from '../../model/pipeline/pipeline-step.ts';
import type { FailedRule } from '../../model/batch/rule-failures.ts';
import type { CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { deadLetterTable, stagedRows } from './stage-records.ts';

export interface StagedCounts {
  readonly partition: number;
  readonly rows: number;
  readonly rejected: number;
}

export interface DeadLetterCount {
  readonly partition: number;
  readonly code: string;
  readonly count: number;
}

export interface StagedDrop {
  readonly partition: number;
  readonly reason: StepDropReason;
  readonly run: OffsetRun;
}

/** How many rows the slice holds, by Kafka partition, and how many records that are dead letters. */
export async function countRows(session: EngineSession): Promise<readonly StagedCounts[]> {
  const rows = await session.rows(
    `SELECT ${hidden.partition}, count(*) FILTER (${isRow}), count(${hidden.reject}) FROM ${stagedRows} GROUP BY ALL`,
    'count the staged rows',
  );
  return rows.map(([partition, rowCount, rejected]) => {
    return { partition: countOf(partition), rows: countOf(rowCount), rejected: countOf(rejected) };
  });
}

/** How many records of the slice failed each rule. */
export async function countFailedRules(
  session: EngineSession,
  { rules }: CompiledPipeline,
): Promise<readonly FailedRule[]> {
  if (rules.length === 0) return [];
  const rows = await session.rows(
    `SELECT rule, count(*) FROM (SELECT unnest(${hidden.failedRules}) AS rule FROM ${stagedRows} ` +
      `WHERE ${hidden.failedRules} IS NOT NULL) GROUP BY rule ORDER BY rule`,
    'count the failed rules',
  );
  return rows.flatMap(([index, records]) => {
    const rule = rules[countOf(index)];
    return rule === undefined ? [] : [{ ...rule, records: countOf(records) }];
  });
}

/** The offsets that the pipeline dropped from the slice, in order for each Kafka partition. */
export async function findDrops(
  session: EngineSession,
  { drops: reasons }: CompiledPipeline,
): Promise<readonly StagedDrop[]> {
  if (reasons.length === 0) return [];
  const perRecord = `PARTITION BY ${hidden.partition}, ${hidden.drop} ORDER BY ${hidden.offset}`;
  const runs = await session.rows(
    `SELECT ${hidden.partition}, ${hidden.drop}, min(${hidden.offset}) AS first, count(*) FROM (` +
      `SELECT ${hidden.partition}, ${hidden.drop}, ${hidden.offset}, ${hidden.offset} - row_number() OVER (${perRecord}) AS run ` +
      `FROM ${stagedRows} WHERE ${hidden.drop} IS NOT NULL) GROUP BY ${hidden.partition}, ${hidden.drop}, run ` +
      `ORDER BY ${hidden.partition}, first`,
    'find the dropped offsets',
  );
  return runs.map(([partition, drop, first, length]) => {
    const reason = reasons[countOf(drop)];
    if (reason === undefined) throw new BronzeError('INTERNAL', `the pipeline has no drop ${String(drop)}`);
    const run = { startOffset: BigInt(String(first)), length: BigInt(countOf(length)) };
    return { partition: countOf(partition), reason, run };
  });
}

/** What the dead-letter table holds. */
export async function countDeadLetters(session: EngineSession): Promise<readonly DeadLetterCount[]> {
  const rows = await session.rows(
    `SELECT "partition", error_code, count(*) FROM ${deadLetterTable} GROUP BY ALL`,
    'count the dead letters',
  );
  return rows.map(([partition, code, count]) => {
    return { partition: countOf(partition), code: String(code), count: countOf(count) };
  });
}
