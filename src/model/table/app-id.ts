import type { TopicPartition } from '../batch/offset-range.ts';

const prefix = 'kafka-bronze';

/** The `appId` of the `txn` action that holds a topic partition's exclusive end offset (invariant 1). */
export function appIdOf(job: string, topicPartition: TopicPartition): string {
  return `${topicPrefix(job, topicPartition.topic)}${topicPartition.topicId}/${topicPartition.partition}`;
}

/** The `appId` whose version is the lane's epoch: whoever opened the lane last holds the highest. */
export function epochAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/epoch`;
}

/** The `appId` whose version is the number of the lane's last batch. */
export function batchAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/batch`;
}

/** The `appId` that is there once a batch of the lane has announced dead letters; its version is the epoch that did first. */
export function deadLettersAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/deadLetters`;
}

/**
 * The `appId` whose version is the number of the batch that came next when rows of the lane were discarded last; negative
 * once a reset has kept them since. The commit that discarded them may have left the log.
 */
export function discardAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/discard`;
}

/** The `appId` whose version is the epoch that the last reset with rows kept began: outputs of older ones follow it. */
export function keptResetAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/keptReset`;
}

/**
 * The `appId` whose version is the epoch in which the lane's last batch was committed: an output that was not open then has
 * not seen it.
 */
export function batchEpochAppIdOf(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}/batchEpoch`;
}

/**
 * The `appId` whose version is where Kafka's log of a topic partition was found to end before what had been ingested of
 * it, in the epoch that this began: offsets from there on are of other records since. One for each time, which is rare.
 */
export function logEndAppIdOf(job: string, topicPartition: TopicPartition, epoch: number): string {
  return `${appIdOf(job, topicPartition)}/logEnd/${String(epoch)}`;
}

/** The epoch of a `logEndAppIdOf` of the topic partition; `undefined` for every other `appId`. */
export function logEndEpochIn(appId: string, job: string, topicPartition: TopicPartition): number | undefined {
  const start = `${appIdOf(job, topicPartition)}/logEnd/`;
  return appId.startsWith(start) ? Number(appId.slice(start.length)) : undefined;
}

/**
 * The `appId`, in a dead-letter table, whose version is the exclusive end offset up to which late records of an output are in
 * it. It is none that `parseAppId` knows: an output goes on from its own table.
 */
export function lateAppIdOf(job: string, output: string, topicPartition: TopicPartition): string {
  return `${appIdOf(job, topicPartition)}/late/${output}`;
}

function topicPrefix(job: string, topic: string): string {
  return `${prefix}/${job}/${topic}@`;
}

/** What an offset `appId` says; `undefined` for every other one. Job and topic names hold neither `/` nor `@`. */
export function parseAppId(appId: string): ({ readonly job: string } & TopicPartition) | undefined {
  const match = /^kafka-bronze\/([^/@]+)\/([^/@]+)@([^/@]+)\/(\d+)$/.exec(appId);
  if (!match) return undefined;
  const [, job, topic, topicId, partition] = match;
  if (job === undefined || topic === undefined || topicId === undefined) return undefined;
  return { job, topic, topicId, partition: Number(partition) };
}
