import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { openLakeSession, type LakeSession } from '../lake/lake-session.ts';
import { openTableIfExists, type LakeTable } from '../lake/table/open-table.ts';
import { readReplayPlan, replayPaths, type ReplayPlan } from '../lake/replay-files.ts';
import { pathForTopic, type JobSpec } from '../model/job/job-spec.ts';
import type { ReplayChoice, ReplaySelection, ReplayShare } from '../model/requests/replay-requests.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { chooseLetters, defaultChunkLimits, selectionTable, type ChunkLimits } from './choose-letters.ts';
import { assertCondition } from './condition.ts';
import { createJson } from './create-json.ts';
import { overtakeReplay, unfinishedReplays } from './earlier-replays.ts';
import { assertRetained, replayTargets, sourceTopics, type ReplayTopic } from './replay-topics.ts';

export interface PlanInput {
  readonly spec: JobSpec;
  readonly choice: ReplayChoice;
  readonly replayId: string;
  readonly workflowId: string;
  /** The attempt's own folder. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
  readonly limits?: ChunkLimits;
}

/**
 * Decides once, for each dead-letter table of the job, which dead letters a replay is about, and writes that down beside
 * the table: attempts that come later find it. Earlier replays of the same ones that have not ended are ended first.
 * Throws TABLE_NOT_FOUND where the job has no dead letters yet, TOPIC_NOT_FOUND, USAGE.
 */
export async function planReplay(input: PlanInput, signal: AbortSignal): Promise<readonly ReplayShare[]> {
  const { spec, choice, replayId } = input;
  await mkdir(input.scratchFolder, { recursive: true });
  if (choice.where !== undefined) await assertCondition(choice.where, join(input.scratchFolder, 'condition'));
  const shares: ReplayShare[] = [];
  for (const [root, topics] of await deadLetterTables(spec, choice)) {
    const store = openObjectStore(root);
    const known = await readReplayPlan(store, replayId);
    if (!known) {
      const table = await openTableIfExists(root);
      if (!table) continue;
      const unfinished = await unfinishedReplays(store, { job: spec.name, topics, except: replayId });
      for (const replay of unfinished) await overtakeReplay(store, spec.source, replay, { by: replayId, signal });
      const overtook = unfinished.map((replay) => replay.replayId);
      const plan = await withSelection(input, table, topics, (selection) =>
        newPlan(input, { table, overtook, ...selection }),
      );
      await createJson(store, replayPaths.plan(replayId), plan);
    }
    const plan = known ?? (await readReplayPlan(store, replayId));
    if (!plan) throw new BronzeError('STORAGE_UNAVAILABLE', `the plan of ${replayId} is not in ${root} yet`);
    shares.push({ table: root, replayId, chunks: plan.chunks, choice: selectionOf(plan) });
  }
  if (shares.length === 0) throw noDeadLetters(spec);
  return shares;
}

export interface Selection {
  readonly session: LakeSession;
  readonly selected: ReplaySelection & { readonly chunks: number };
  readonly topics: readonly ReplayTopic[];
}

/** Chooses the dead letters of a table, and hands them to `use`. */
export async function withSelection<R>(
  { spec, choice, memoryBytes, limits = defaultChunkLimits }: Omit<PlanInput, 'replayId' | 'workflowId'>,
  table: LakeTable,
  topics: readonly string[],
  use: (selection: Selection) => Promise<R>,
): Promise<R> {
  await using session = await openLakeSession({ memoryBytes, threads: 1 });
  const selected = await chooseLetters(session, table, { ...choice, job: spec.name, topics, limits });
  const reader = await session.connection.runAndReadAll(`SELECT DISTINCT topic FROM ${selectionTable} ORDER BY 1`);
  const found = reader.getRows().map(([topic]) => String(topic));
  const targets = await replayTargets(spec, found, choice);
  if (choice.timestamp !== 'now') await assertRetained(session, spec, targets);
  return await use({ session, selected, topics: targets });
}

/** By path, with their topics. */
export async function deadLetterTables(
  spec: JobSpec,
  choice: ReplayChoice,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return Map.groupBy(await sourceTopics(spec, choice), (topic) => pathForTopic(spec.deadLetter.path, topic));
}

export function noDeadLetters({ name, deadLetter }: JobSpec): BronzeError {
  return new BronzeError('TABLE_NOT_FOUND', `the job ${name} has no dead letters: no table at ${deadLetter.path}`);
}

async function newPlan(
  { spec, choice, replayId, workflowId, scratchFolder }: PlanInput,
  {
    table,
    overtook,
    session,
    selected,
    topics,
  }: Selection & { readonly table: LakeTable; readonly overtook: string[] },
): Promise<ReplayPlan> {
  const selection = `${replayPaths.of(replayId)}selection-${randomUUID()}.parquet`;
  const localFile = join(scratchFolder, `${randomUUID()}.parquet`);
  await session.connection.run(`COPY ${selectionTable} TO ${quoteLiteral(localFile)} (FORMAT parquet)`);
  await table.store.putFile(selection, localFile);
  const { limit, all = false, timestamp = 'original' } = choice;
  return {
    job: spec.name,
    workflowId,
    plannedAt: new Date().toISOString(),
    // Of the share, as tables are worked on one after the other; of nobody else, so that it fences attempts alone.
    transactionalId: `kafka-bronze-replay/${workflowId}/${replayId}/${randomUUID()}`,
    groupId: `kafka-bronze-replay/${workflowId}/${replayId}/${randomUUID()}`,
    version: table.state.version,
    topics: [...topics],
    overtook,
    selection,
    ...selected,
    tries: !all,
    ...(limit === undefined ? {} : { limit }),
    timestamp,
  };
}

function selectionOf({ chosen, eligible, left }: ReplayPlan): ReplaySelection {
  const { replayed, late, redacted } = left;
  return {
    chosen,
    eligible,
    left: {
      ...(replayed === undefined ? {} : { replayed }),
      ...(late === undefined ? {} : { late }),
      ...(redacted === undefined ? {} : { redacted }),
    },
  };
}
