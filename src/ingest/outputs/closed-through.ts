import type { WindowRule } from '../../model/outputs/output-spec.ts';
import type { OutputHead } from './output-head.ts';

export interface ClosingFacts {
  readonly partitions: OutputHead['partitions'];
  /** Topic partitions that had nothing unread when the batch was planned. */
  readonly quietPartitions: readonly number[];
  /** All topic partitions of the lane. */
  readonly knownPartitions: readonly number[];
  readonly plannedAtMs: number;
  /** Through which windows were closed before. */
  readonly beforeUs: bigint | undefined;
}

/**
 * Through which instant windows are closed after a batch: the least watermark of the topic partitions that count, and
 * never less than before. A topic partition that has records but no event time yet holds all windows open; one that is
 * idle, or was never written to, none.
 */
export function closedThroughAfter(
  { delayMs, idleAfterMs }: Pick<WindowRule, 'delayMs' | 'idleAfterMs'>,
  { partitions, quietPartitions, knownPartitions, plannedAtMs, beforeUs }: ClosingFacts,
): bigint | undefined {
  const standings = new Map(partitions.map((standing) => [standing.partition, standing]));
  let least: bigint | undefined;
  for (const partition of knownPartitions) {
    const standing = standings.get(partition);
    const isQuiet = quietPartitions.includes(partition);
    const isIdle =
      standing === undefined || (idleAfterMs !== undefined && plannedAtMs - standing.lastReadAtMs >= idleAfterMs);
    if (isQuiet && isIdle) continue;
    if (standing?.greatestEventTimeUs === undefined) return beforeUs;
    const watermark = BigInt(standing.greatestEventTimeUs) - BigInt(delayMs) * 1000n;
    if (least === undefined || watermark < least) least = watermark;
  }
  if (least === undefined) return beforeUs;
  return beforeUs === undefined || least > beforeUs ? least : beforeUs;
}
