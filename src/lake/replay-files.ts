import { z } from 'zod';
import { BronzeError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/**
 * What replays remember beside a dead-letter table, in a folder for each: a plan, a decision per chunk, and an end. Delta's
 * readers and VACUUM pass over the folder. No file is ever changed: whoever is the first to write one decides.
 */
const folder = '_replayed/';

const count = z.number().int().min(0);
const counts = z.record(z.string(), count);

const replayPlan = z.object({
  job: z.string(),
  workflowId: z.string(),
  plannedAt: z.string(),
  transactionalId: z.string(),
  groupId: z.string(),
  /** Version of the dead-letter table. */
  version: count,
  /** Source topics, and where their records go. */
  topics: z.array(z.object({ topic: z.string(), target: z.string(), targetId: z.string(), targetPartitions: count })),
  /** Unfinished replays that this one found and ended. */
  overtook: z.array(z.string()),
  /** Path of the Parquet file that lists the dead letters, in chunks. */
  selection: z.string(),
  chunks: count,
  chosen: count,
  eligible: count,
  left: z.object({ replayed: count.optional(), late: count.optional(), redacted: count.optional() }),
  tries: z.boolean(),
  limit: count.optional(),
  timestamp: z.enum(['original', 'now']),
});

export type ReplayPlan = z.infer<typeof replayPlan>;

const replayedSet = z.object({ partition: count, batch: z.number().int(), offsets: z.string() });

/** Dead letters of one batch and topic partition: `offsets` as `OffsetRunWriter` writes them. */
export type ReplayedSet = z.infer<typeof replayedSet>;

const replayDecision = z.object({
  job: z.string(),
  topic: z.string(),
  decidedAt: z.string(),
  sent: z.array(replayedSet),
  /** Of this chunk and all before it. */
  counts: z.object({ sent: counts, kept: counts, dropped: count }),
});

/** Which dead letters of a chunk are sent. They were, once the chunk's Kafka transaction is committed. */
export type ReplayDecision = z.infer<typeof replayDecision>;

const replayEnd = z.object({
  endedAt: z.string(),
  /** Chunks whose Kafka transaction is committed; those after them never will be. */
  sentChunks: count,
  overtakenBy: z.string().optional(),
});

export type ReplayEnd = z.infer<typeof replayEnd>;

export const replayPaths = {
  of: (replayId: string): string => `${folder}${replayId}/`,
  plan: (replayId: string): string => `${folder}${replayId}/plan.json`,
  decision: (replayId: string, chunk: number): string =>
    `${folder}${replayId}/chunk-${String(chunk).padStart(8, '0')}.json`,
  overtaken: (replayId: string): string => `${folder}${replayId}/overtaken.json`,
  end: (replayId: string): string => `${folder}${replayId}/end.json`,
} as const;

/** Ids of all replays that began to be planned. */
export async function listReplays(store: ObjectStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const id of store.listFolders(folder)) ids.push(id);
  return ids.toSorted();
}

export function readReplayPlan(store: ObjectStore, replayId: string): Promise<ReplayPlan | undefined> {
  return readJson(store, replayPaths.plan(replayId), replayPlan);
}

export function readReplayDecision(
  store: ObjectStore,
  replayId: string,
  chunk: number,
): Promise<ReplayDecision | undefined> {
  return readJson(store, replayPaths.decision(replayId, chunk), replayDecision);
}

export function readReplayEnd(store: ObjectStore, replayId: string): Promise<ReplayEnd | undefined> {
  return readJson(store, replayPaths.end(replayId), replayEnd);
}

/** How many chunks were decided about; each but the last of them is in Kafka. */
export async function countDecisions(store: ObjectStore, replayId: string): Promise<number> {
  let decided = 0;
  for await (const _ of store.list(`${replayPaths.of(replayId)}chunk-`)) decided += 1;
  return decided;
}

/** What is known to be in Kafka of a replay: of one that has not ended, all but what it does just now. */
export async function* sentDecisions(store: ObjectStore, replayId: string): AsyncGenerator<ReplayDecision> {
  const end = await readReplayEnd(store, replayId);
  const sentChunks = end?.sentChunks ?? (await countDecisions(store, replayId)) - 1;
  for (let chunk = 0; chunk < sentChunks; chunk += 1) {
    const decision = await readReplayDecision(store, replayId, chunk);
    if (!decision) throw corrupt(store, replayPaths.decision(replayId, chunk), 'is not there');
    yield decision;
  }
}

async function readJson<T>(store: ObjectStore, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await store.get(path);
  if (!bytes) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw corrupt(store, path, 'is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw corrupt(store, path, z.prettifyError(parsed.error).replaceAll('\n', ' '));
}

function corrupt(store: ObjectStore, path: string, problem: string): BronzeError {
  return new BronzeError('TABLE_CORRUPT', `${store.root}/${path} ${problem}`);
}
