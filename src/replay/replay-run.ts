import { BronzeError } from '../errors.ts';
import type { ProducedRecord } from '../kafka/produced-record.ts';
import type { TransactionalProducer } from '../kafka/transactional-producer.ts';
import {
  countDecisions,
  readReplayDecision,
  readReplayEnd,
  replayPaths,
  type ReplayDecision,
  type ReplayPlan,
} from '../lake/replay-files.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { noReplayCounts, totalOf, type ReplayCounts, type ReplayProgress } from '../model/requests/replay-requests.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createJson } from './create-json.ts';
import { decideChunk, decidedLetters, replayedSets } from './decide-chunk.ts';
import { overtaken, sentChunks, unfinishedReplays } from './earlier-replays.ts';
import type { Chunk, ChosenLetter } from './read-chunk.ts';
import { tryLetters } from './try-letters.ts';

export interface ReplayRunOptions {
  readonly spec: JobSpec;
  readonly replayId: string;
  readonly plan: ReplayPlan;
  /** Of the dead-letter table. */
  readonly store: ObjectStore;
  /** It has just taken the plan's transactional id over. */
  readonly producer: TransactionalProducer;
  readonly signal: AbortSignal;
}

/** What one attempt does for a share, from where the attempts before it came to. */
export class ReplayRun {
  readonly #options: ReplayRunOptions;
  #doneChunks: number;
  #counts: ReplayCounts;

  private constructor(options: ReplayRunOptions, doneChunks: number, counts: ReplayCounts) {
    this.#options = options;
    this.#doneChunks = doneChunks;
    this.#counts = counts;
  }

  /** Throws REPLAY_OVERTAKEN, REPLAY_PROGRESS_LOST. */
  static async begin(options: ReplayRunOptions): Promise<ReplayRun> {
    await assertMaySend(options);
    const { store, replayId } = options;
    const doneChunks = await findPosition(options);
    if (doneChunks === 0) return new ReplayRun(options, 0, noReplayCounts);
    return new ReplayRun(options, doneChunks, (await decisionOf(store, replayId, doneChunks - 1)).counts);
  }

  progress(): ReplayProgress {
    const { chunks, limit = Number.POSITIVE_INFINITY } = this.#options.plan;
    const isDone = this.#doneChunks === chunks || totalOf(this.#counts.sent) >= limit;
    return { doneChunks: this.#doneChunks, isDone, counts: this.#counts };
  }

  /** Sends what is decided to be sent of the next chunk. */
  async send(chunk: Chunk): Promise<void> {
    const { store, replayId, producer, plan } = this.#options;
    const index = this.#doneChunks;
    // An earlier attempt may have decided already: then that is what is sent, whatever would be decided now.
    const known = await readReplayDecision(store, replayId, index);
    if (!known) await this.#decide(chunk, index);
    const decision = known ?? (await decisionOf(store, replayId, index));
    const target = plan.topics.find(({ topic }) => topic === chunk.topic);
    if (!target) throw new BronzeError('INTERNAL', `${replayId}: no target for ${chunk.topic}`);
    const nowMs = Date.now();
    const records = decidedLetters(chunk, decision).map((letter): ProducedRecord => ({
      // Records of one topic partition stay together, in their order.
      partition: letter.partition % target.targetPartitions,
      timestampMs: this.#timestampOf(letter, nowMs),
      ...{ key: letter.key, value: letter.value, headers: letter.headers },
    }));
    await producer.transact(target.target, records, BigInt(index + 1));
    this.#doneChunks += 1;
    this.#counts = decision.counts;
  }

  /** Says for good how much was sent. */
  async end(): Promise<ReplayProgress> {
    const { store, replayId } = this.#options;
    const end = { endedAt: new Date().toISOString(), sentChunks: this.#doneChunks };
    await createJson(store, replayPaths.end(replayId), end);
    return this.progress();
  }

  async #decide(chunk: Chunk, index: number): Promise<void> {
    const { spec, replayId, plan, store, signal } = this.#options;
    const { tries, limit, job } = plan;
    const nowMs = Date.now();
    const asSent = chunk.letters.map((letter) => ({ ...letter, timestampMs: this.#timestampOf(letter, nowMs) }));
    const fates = tries ? await tryLetters(spec, { ...chunk, letters: asSent }, nowMs, signal) : [];
    const { letters, counts } = decideChunk(chunk, fates, { before: this.#counts, limit });
    const decision: ReplayDecision = {
      ...{ job, topic: chunk.topic, decidedAt: new Date(nowMs).toISOString() },
      ...{ sent: replayedSets(letters), counts },
    };
    await createJson(store, replayPaths.decision(replayId, index), decision);
  }

  #timestampOf({ timestampMs }: ChosenLetter, nowMs: number): bigint {
    return this.#options.plan.timestamp === 'now' || timestampMs === undefined ? BigInt(nowMs) : timestampMs;
  }
}

/** Asked once the transactional id is this attempt's: whoever overtakes the replay takes the id over after its mark. */
async function assertMaySend({ store, replayId, plan: { job, topics, overtook } }: ReplayRunOptions): Promise<void> {
  if (await store.head(replayPaths.overtaken(replayId))) {
    throw overtaken(replayId, (await readReplayEnd(store, replayId))?.overtakenBy ?? 'which begins just now');
  }
  const own = topics.map(({ topic }) => topic);
  const others = await unfinishedReplays(store, { job, topics: own, except: replayId });
  // One that was planned at the same time does not know of this one, nor this one of it.
  const rival = others.find((other) => !overtook.includes(other.replayId));
  if (rival) throw overtaken(replayId, rival.replayId);
}

/** How many chunks are in Kafka, which Kafka alone knows. */
async function findPosition({ store, replayId, plan, producer }: ReplayRunOptions): Promise<number> {
  const decided = await countDecisions(store, replayId);
  const position = await sentChunks(producer, plan);
  const [first] = plan.topics;
  if (position === undefined && decided === 0 && first) {
    // From here on Kafka knows the replay: if it does not later, it has forgotten.
    await producer.transact(first.target, [], 0n);
    return 0;
  }
  if (position !== undefined && position >= decided - 1 && position <= decided) return position;
  throw new BronzeError(
    'REPLAY_PROGRESS_LOST',
    `Kafka does not know any more how far the replay ${replayId} came (consumer group ${plan.groupId}). ` +
      'Begin another one: it leaves out what was sent, or may have been.',
  );
}

async function decisionOf(store: ObjectStore, replayId: string, chunk: number): Promise<ReplayDecision> {
  const decision = await readReplayDecision(store, replayId, chunk);
  if (decision) return decision;
  throw new BronzeError('TABLE_CORRUPT', `${store.root}/${replayPaths.decision(replayId, chunk)} is not there`);
}
