import { BronzeError } from '../errors.ts';
import { TransactionalProducer } from '../kafka/transactional-producer.ts';
import { openLakeSession, type LakeSession } from '../lake/lake-session.ts';
import { openTable } from '../lake/table/open-table.ts';
import { readReplayPlan, type ReplayPlan } from '../lake/replay-files.ts';
import { noReplayCounts, type ReplayProgress, type ReplayShareRequest } from '../model/requests/replay-requests.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { selectionTable } from './choose-letters.ts';
import { ChunkReader } from './read-chunk.ts';
import { ReplayRun } from './replay-run.ts';
import { assertSameTargets } from './replay-topics.ts';

export interface SendInput extends ReplayShareRequest {
  readonly memoryBytes: number;
  /** No further chunk is begun after this time. */
  readonly sliceMs: number;
}

/**
 * Sends chunks of a planned share for a while: each is one Kafka transaction that carries its own progress, which whoever
 * comes next reads, so that a record is sent once however often attempts die, and however late they wake up. Throws
 * REPLAY_OVERTAKEN, REPLAY_PROGRESS_LOST, RECORD_REFUSED, TOPIC_NOT_FOUND, TOPIC_RECREATED, PRODUCER_FENCED.
 */
export async function sendReplay(
  { spec, share, memoryBytes, sliceMs }: SendInput,
  signal: AbortSignal,
): Promise<ReplayProgress> {
  const beganAtMs = performance.now();
  const store = openObjectStore(share.table);
  const plan = await readReplayPlan(store, share.replayId);
  if (!plan) throw new BronzeError('INTERNAL', `${share.table}: no plan of ${share.replayId}`);
  if (plan.chunks === 0) return { doneChunks: 0, isDone: true, counts: noReplayCounts };
  await assertSameTargets(spec, plan.topics);
  const { transactionalId, groupId } = plan;
  const producer = await TransactionalProducer.open(spec.source, { transactionalId, groupId, signal });
  try {
    const run = await ReplayRun.begin({ spec, replayId: share.replayId, plan, store, producer, signal });
    if (run.progress().isDone) return await run.end();
    await using session = await openLakeSession({ memoryBytes, threads: 1 });
    await loadSelection(session, store, plan);
    const table = { name: share.table, root: share.table };
    const chunks = await ChunkReader.open(
      session,
      await openTable(table, { kind: 'version', version: plan.version }),
      plan.job,
    );
    do {
      signal.throwIfAborted();
      await run.send(await chunks.read(run.progress().doneChunks));
    } while (!run.progress().isDone && performance.now() - beganAtMs < sliceMs);
    return run.progress().isDone ? await run.end() : run.progress();
  } finally {
    await producer.close();
  }
}

async function loadSelection(session: LakeSession, store: ObjectStore, { selection }: ReplayPlan): Promise<void> {
  const file = await session.files.localPath(store, selection, { readWhole: true });
  await session.connection.run(
    `CREATE TEMP TABLE ${selectionTable} AS SELECT * FROM read_parquet(${quoteLiteral(file)})`,
  );
}
