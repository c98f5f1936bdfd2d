import { BronzeError } from '../errors.ts';
import { countDecisions, listReplays, readReplayEnd, readReplayPlan, replayPaths } from '../lake/replay-files.ts';
import type { ReplayPlan } from '../lake/replay-files.ts';
import { TransactionalProducer } from '../kafka/transactional-producer.ts';
import type { KafkaSource } from '../model/job/job-spec.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createJson } from './create-json.ts';

export interface UnfinishedReplay {
  readonly replayId: string;
  readonly plan: ReplayPlan;
}

/** Replays of the job that may still send dead letters of these topics, but for one. */
export async function unfinishedReplays(
  store: ObjectStore,
  { job, topics, except }: { readonly job: string; readonly topics: readonly string[]; readonly except: string },
): Promise<readonly UnfinishedReplay[]> {
  const found: UnfinishedReplay[] = [];
  for (const replayId of await listReplays(store)) {
    if (replayId === except || (await readReplayEnd(store, replayId))) continue;
    const plan = await readReplayPlan(store, replayId);
    if (plan?.job !== job || !plan.topics.some(({ topic }) => topics.includes(topic))) continue;
    found.push({ replayId, plan });
  }
  return found;
}

/**
 * Ends a replay for good, and settles what it sent: no attempt of it can commit any more, however late it wakes up. For
 * an attempt looks for the mark after it has taken the transactional id over, and this takes it over after the mark.
 */
export async function overtakeReplay(
  store: ObjectStore,
  source: Pick<KafkaSource, 'bootstrapServers' | 'security'>,
  { replayId, plan }: UnfinishedReplay,
  { by, signal }: { readonly by: string; readonly signal: AbortSignal },
): Promise<void> {
  await createJson(store, replayPaths.overtaken(replayId), { by });
  const { transactionalId, groupId } = plan;
  const producer = await TransactionalProducer.open(source, { transactionalId, groupId, signal });
  try {
    const decided = await countDecisions(store, replayId);
    const position = await sentChunks(producer, plan);
    // Where the cluster does not know any more, what was decided may have been sent: rather once than twice.
    const settled = position === undefined || position < decided - 1 ? decided : position;
    const end = { endedAt: new Date().toISOString(), sentChunks: settled, overtakenBy: by };
    await createJson(store, replayPaths.end(replayId), end);
  } finally {
    await producer.close();
  }
}

/** How many chunks of the plan are in Kafka; `undefined` where the cluster knows nothing of the replay. */
export async function sentChunks(producer: TransactionalProducer, { topics }: ReplayPlan): Promise<number | undefined> {
  const targets = [...new Set(topics.map(({ target }) => target))];
  const positions = [...(await producer.progress(targets)).values()].map(Number);
  return positions.length === 0 ? undefined : Math.max(...positions);
}

export function overtaken(replayId: string, by: string): BronzeError {
  return new BronzeError(
    'REPLAY_OVERTAKEN',
    `the replay ${replayId} was overtaken by another one of the same dead letters (${by}), and sends nothing any more`,
  );
}
