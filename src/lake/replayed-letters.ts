import { readOffsetRuns } from '../model/batch/dropped-offsets.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { LakeSession } from './lake-session.ts';
import { listReplays, sentDecisions } from './replay-files.ts';

/** Which dead letters replays have sent, as runs of offsets. */
export const replayedTable = 'replayed';

const runsPerInsert = 1000;

/** Makes `replayedTable` of what replays remember beside a dead-letter table; gives whether there is anything in it. */
export async function loadReplayed(session: LakeSession, store: ObjectStore): Promise<boolean> {
  await session.connection.run(
    `CREATE OR REPLACE TEMP TABLE ${replayedTable} (job VARCHAR, topic VARCHAR, partition INTEGER, batch BIGINT,
      start_offset BIGINT, end_offset BIGINT, sent_at VARCHAR)`,
  );
  let rows: string[] = [];
  let count = 0;
  const insert = async (): Promise<void> => {
    if (rows.length > 0) await session.connection.run(`INSERT INTO ${replayedTable} VALUES ${rows.join(', ')}`);
    count += rows.length;
    rows = [];
  };
  for (const replayId of await listReplays(store)) {
    for await (const { job, topic, sent, decidedAt } of sentDecisions(store, replayId)) {
      const of = [job, topic].map(quoteLiteral);
      for (const { partition, batch, offsets } of sent) {
        for (const { startOffset, length } of readOffsetRuns(offsets)) {
          const run = [...of, partition, batch, startOffset, startOffset + length, quoteLiteral(decidedAt)];
          rows.push(`(${run.join(', ')})`);
          if (rows.length === runsPerInsert) await insert();
        }
      }
    }
  }
  await insert();
  return count > 0;
}

/** The runs of `replayedTable`, as `r`, that hold the dead letter `letter`. */
export function replayedRunsSql(select: string, letter: string): string {
  const same = ['job', 'topic', 'partition', 'batch'].map((column) => `r.${column} = ${letter}.${column}`);
  const holds = [`${letter}."offset" >= r.start_offset`, `${letter}."offset" < r.end_offset`];
  return `SELECT ${select} FROM ${replayedTable} r WHERE ${[...same, ...holds].join(' AND ')}`;
}
