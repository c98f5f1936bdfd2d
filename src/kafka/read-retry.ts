import { setTimeout as delay } from 'node:timers/promises';
import { BronzeError } from '../errors.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';
import { topicOf, type ClusterMetadata } from './cluster-metadata.ts';
import type { RangeCursor } from './range-cursor.ts';

const minBackoffMs = 50;
const maxBackoffMs = 1000;

/** Throws TOPIC_NOT_FOUND, and TOPIC_RECREATED where the name now belongs to another topic. */
export function requireTopic(metadata: ClusterMetadata, expected: Pick<OffsetRange, 'topic' | 'topicId'>): void {
  const { topicId } = topicOf(metadata, expected.topic);
  if (topicId !== expected.topicId) {
    throw new BronzeError(
      'TOPIC_RECREATED',
      `topic ${expected.topic} was deleted and created again: its id was ${expected.topicId} and is ${topicId} now`,
    );
  }
}

/** Throws the failure once a range has made no progress for the retry time. */
export function checkPatience(cursor: RangeCursor, failure: BronzeError, retryTimeoutMs: number): void {
  cursor.failingSinceMs ??= performance.now();
  if (performance.now() - cursor.failingSinceMs >= retryTimeoutMs) throw failure;
}

/** Waits as long as the cursors have been failing for, within bounds: the delays double. */
export async function backOff(cursors: readonly RangeCursor[], signal: AbortSignal | undefined): Promise<void> {
  const since = Math.min(...cursors.map((cursor) => cursor.failingSinceMs ?? performance.now()));
  const failingForMs = performance.now() - since;
  const delayMs = Math.min(maxBackoffMs, Math.max(minBackoffMs, failingForMs));
  await delay(delayMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}
