import { BronzeError } from '../errors.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { newestRanges } from '../kafka/newest-ranges.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import { topicRanges } from '../kafka/topic-ranges.ts';
import { addDrops, type Drops } from '../model/batch/batch.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { offsetCount, type OffsetRange } from '../model/batch/offset-range.ts';
import type { RuleFailures } from '../model/batch/rule-failures.ts';
import type { StructField } from '../model/table/table-schema.ts';
import { runTrial } from './run-trial.ts';
import type { TrialDeadLetter, TrialRow } from './trial-files.ts';
import type { TrialOutput } from './trial-output.ts';

export interface DryRunOptions {
  /** How many offsets are read in all, the newest of each topic partition. */
  readonly mostOffsets: number;
  readonly mostSampleRows: number;
  /** Only these topics of the job. */
  readonly topics?: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** What the newest records of a topic would become. */
export interface DryRunOfTopic {
  readonly topic: string;
  readonly ranges: readonly OffsetRange[];
  /** `offsets = rows + deadLetters + sum(drops)` */
  readonly offsets: number;
  readonly rows: number;
  readonly deadLetters: number;
  readonly drops: Drops;
  /** Are duplicates looked for? If so, among these records alone, for a dry run looks at no table. */
  readonly findsDuplicates: boolean;
  readonly reasons: readonly DeadLetterReason[];
  readonly ruleFailures: RuleFailures;
  readonly columns: readonly StructField[];
  readonly sample: readonly TrialRow[];
  readonly outputs: readonly TrialOutput[];
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly durationMs: number;
}

export interface DeadLetterReason {
  readonly step: string;
  readonly code: string;
  readonly records: number;
  readonly newest: TrialDeadLetter;
}

/**
 * Runs the newest records of a job's topics through its pipeline. Neither Kafka nor a table nor a running job notices:
 * there is no consumer group, and what is written is gone at the end. Throws TOPIC_NOT_FOUND, USAGE for a topic that is
 * none of the job's, what reading throws, and PIPELINE_INVALID.
 */
export async function dryRun(spec: JobSpec, options: DryRunOptions): Promise<readonly DryRunOfTopic[]> {
  const ranges = await findRanges(spec, options);
  const byTopic = Map.groupBy(newestRanges(ranges, options.mostOffsets), ({ topic }) => topic);
  const topics = [...new Set(ranges.map(({ topic }) => topic))];
  const results: DryRunOfTopic[] = [];
  for (const topic of topics) results.push(await dryRunTopic(spec, topic, byTopic.get(topic) ?? [], options));
  return results;
}

/** All that the topics hold and that a batch could take now. */
async function findRanges(spec: JobSpec, { topics }: DryRunOptions): Promise<readonly OffsetRange[]> {
  const kafka = openKafka(spec.source);
  try {
    const chosen = chooseTopics(spec, await topicsOf(spec, kafka), topics);
    const { isolationLevel } = spec.source;
    const ranges = await Promise.all(chosen.map((topic) => topicRanges(kafka, topic, isolationLevel)));
    return ranges.flat();
  } finally {
    await kafka.close();
  }
}

async function topicsOf({ source }: JobSpec, kafka: KafkaReader): Promise<readonly string[]> {
  if (source.topics.kind === 'list') return source.topics.topics;
  const { pattern } = source.topics;
  const matching = await kafka.matchTopics(pattern);
  if (matching.length > 0) return matching;
  throw new BronzeError('TOPIC_NOT_FOUND', `no topic on ${source.bootstrapServers.join(',')} matches ${pattern}`);
}

function chooseTopics(
  spec: JobSpec,
  known: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const stranger = wanted?.find((topic) => !known.includes(topic));
  if (stranger !== undefined) {
    throw new BronzeError('USAGE', `${stranger} is no topic of the job ${spec.name}; it has ${known.join(', ')}`);
  }
  return wanted ?? known;
}

async function dryRunTopic(
  spec: JobSpec,
  topic: string,
  ranges: readonly OffsetRange[],
  { mostSampleRows, signal }: DryRunOptions,
): Promise<DryRunOfTopic> {
  const startedAt = performance.now();
  return runTrial({ spec, topic, ranges, plannedAtMs: Date.now() }, {}, signal, async ({ result, files, outputs }) => ({
    topic,
    ranges,
    offsets: ranges.reduce((sum, range) => sum + Number(offsetCount(range)), 0),
    rows: result.counts.reduce((sum, { rows }) => sum + rows, 0),
    deadLetters: result.counts.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    drops: result.counts.reduce((sum: Drops, { drops }) => addDrops(sum, drops), {}),
    findsDuplicates: spec.steps.deduplicate !== undefined,
    reasons: reasonsOf(await files.deadLetters()),
    ruleFailures: result.ruleFailures ?? {},
    columns: files.columns,
    sample: await files.newestRows(mostSampleRows),
    outputs,
    inputBytes: result.inputBytes,
    outputBytes: result.outputBytes,
    durationMs: Math.round(performance.now() - startedAt),
  }));
}

/** The most frequent first. */
function reasonsOf(deadLetters: readonly TrialDeadLetter[]): readonly DeadLetterReason[] {
  const groups = Map.groupBy(deadLetters, ({ step, code }) => `${step} ${code}`);
  return [...groups.values()]
    .flatMap((group): DeadLetterReason[] => {
      const newest = group.at(-1);
      return newest === undefined ? [] : [{ step: newest.step, code: newest.code, records: group.length, newest }];
    })
    .toSorted((left, right) => right.records - left.records);
}
