import { z } from 'zod';
import { storedPositions, type LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { parseAppId } from '../../model/table/app-id.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import type { Connections, TableHandle } from '../connections.ts';

/** As many as Spark keeps (`spark.sql.streaming.minBatchesToRetain`). */
const keptBatches = 100;

/** Both files of a batch say what they were read from: a late attempt may have written one of them. */
const stamp = { version: z.number(), epoch: z.number() };
const offsetsFile = z.tuple([z.record(z.string(), z.record(z.string(), z.number())), z.object(stamp).optional()]);
const commitFile = z.tuple([
  z.object({ table: z.string(), tableId: z.string(), topicId: z.string(), ...stamp, epoch: stamp.epoch.optional() }),
]);

/**
 * Writes what the table holds of a topic under `<checkpointPath>/<topic>/`, where people who know Spark look for it:
 * `offsets/<batch>` has the exclusive end offsets, and on a line of its own the version and the epoch that it was read at;
 * `commits/<batch>` says in which version of which table they are. Nothing goes by these files; they are only compared, when a job starts.
 */
export async function mirrorOffsets(connections: Connections, spec: JobSpec, topic: string): Promise<void> {
  if (spec.checkpointPath === undefined) return;
  const table = connections.table(pathForTopic(spec.table.path, topic));
  const state = await table.refresh();
  const lane = state && ownLane(state, spec.name, topic);
  if (!lane) return;
  const { lastBatch: batch, epoch = 0 } = storedPositions(state, lane);
  if (batch === undefined) return;
  const store = openObjectStore(spec.checkpointPath);
  const commit = {
    table: table.store.root,
    tableId: state.metaData.id,
    version: state.version,
    epoch,
    topicId: lane.topicId,
  } satisfies z.infer<typeof commitFile>[0];
  const { version } = state;
  await store.put(offsetsPath(topic, batch), encode([{ [topic]: offsetsIn(state, lane) }, { version, epoch }]));
  await store.put(commitPath(topic, batch), encode([commit]));
  if (batch < keptBatches) return;
  for (const path of [offsetsPath, commitPath]) await store.delete(path(topic, batch - keptBatches));
}

/**
 * Does the newest mirrored commit say what the table held at that version? A table that was dropped, restored or
 * replaced behind its mirror would be filled twice, or with a gap.
 * @throws BronzeError `OFFSETS_DISAGREE` with both positions.
 */
export async function assertMirrorAgrees(table: TableHandle, spec: JobSpec, topic: string): Promise<void> {
  if (spec.checkpointPath === undefined) return;
  const store = openObjectStore(spec.checkpointPath);
  const mirrored = await readNewestPair(store, topic);
  if (!mirrored) return;
  const state = await table.refresh();
  const { tableId, version, topicId } = mirrored.commit;
  if (state?.metaData.id !== tableId) {
    throw disagreement(store, topic, mirrored, state ? `another table (id ${state.metaData.id})` : 'no table');
  }
  if (state.version < version) throw disagreement(store, topic, mirrored, `version ${String(state.version)} at most`);
  const then = await table.at(version);
  // Log clean-up went past that version: the table has lived on since.
  if (!then) return;
  const held = offsetsIn(then, { job: spec.name, topic, topicId });
  if (!isEqual(held, mirrored.offsets)) throw disagreement(store, topic, mirrored, JSON.stringify(held));
}

interface MirroredCommit {
  readonly path: string;
  readonly offsets: Readonly<Record<string, number>>;
  readonly commit: z.infer<typeof commitFile>[0];
}

/** The newest batch whose two files are of one version and epoch; others were written by two attempts at once. */
async function readNewestPair(store: ObjectStore, topic: string): Promise<MirroredCommit | undefined> {
  const batches: number[] = [];
  for await (const { path } of store.list(`${topic}/commits/`)) {
    const batch = /\/(\d+)$/.exec(path)?.[1];
    if (batch !== undefined) batches.push(Number(batch));
  }
  for (const batch of batches.toSorted((left, right) => right - left)) {
    const [offsets, readAt] = await readLines(store, offsetsPath(topic, batch), offsetsFile);
    const [commit] = await readLines(store, commitPath(topic, batch), commitFile);
    if (readAt && (readAt.version !== commit.version || readAt.epoch !== commit.epoch)) continue;
    return { path: `${store.root}/${offsetsPath(topic, batch)}`, offsets: offsets[topic] ?? {}, commit };
  }
  return undefined;
}

/** Files of lines, each of them JSON. */
async function readLines<T>(store: ObjectStore, path: string, shape: z.ZodType<T>): Promise<T> {
  const bytes = await store.get(path);
  try {
    const lines = new TextDecoder().decode(bytes).trim().split('\n');
    return shape.parse(lines.map((line): unknown => JSON.parse(line)));
  } catch (error) {
    throw new BronzeError(
      'OFFSETS_DISAGREE',
      `${store.root}/${path} is not what was written there. Delete ${store.root}/${path.split('/')[0] ?? ''} to go by the table alone.`,
      { cause: error },
    );
  }
}

/** The lane of a job as the table knows it: which incarnation of the topic it stands at. */
function ownLane(state: TableState, job: string, topic: string): LaneIdentity | undefined {
  for (const [appId, version] of state.txns) {
    const claim = parseAppId(appId);
    if (claim?.job === job && claim.topic === topic && !version.startsWith('-')) return claim;
  }
  return undefined;
}

function offsetsIn(state: TableState, lane: LaneIdentity): Record<string, number> {
  const { offsets } = storedPositions(state, lane);
  return Object.fromEntries([...offsets].map(([partition, offset]) => [String(partition), Number(offset)]));
}

function isEqual(left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>): boolean {
  const partitions = Object.keys(left);
  return partitions.length === Object.keys(right).length && partitions.every((name) => left[name] === right[name]);
}

function disagreement(store: ObjectStore, topic: string, mirrored: MirroredCommit, held: string): BronzeError {
  const { table, version } = mirrored.commit;
  return new BronzeError(
    'OFFSETS_DISAGREE',
    `${mirrored.path} says that version ${String(version)} of ${table} holds ${JSON.stringify(mirrored.offsets)} of ` +
      `${topic}; there is ${held}. Was the table restored or replaced, or the file changed? Put back what is missing, or ` +
      `delete ${store.root}/${topic} to go by the table alone; to read offsets again, use bronze reset.`,
  );
}

function offsetsPath(topic: string, batch: number): string {
  return `${topic}/offsets/${String(batch)}`;
}

function commitPath(topic: string, batch: number): string {
  return `${topic}/commits/${String(batch)}`;
}

function encode(lines: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
