import { dropCount, type BatchSummary } from '../model/batch.ts';

/**
 * The lines that `withMetrics` logs for a batch: totals, and how records spread over topic partitions.
 * `total` counts records; offsets that Kafka uses for itself (markers, aborted or compacted records) are not among them.
 */
export function batchLines(summary: BatchSummary): readonly string[] {
  const at = new Date(summary.committedAtMs).toISOString().slice(0, 19).replace('T', ' ');
  const tombstones = dropCount(summary.drops, 'tombstone');
  const total = summary.rows + summary.deadLetters + tombstones;
  const spread = summary.ranges
    .map(({ partition, rows, deadLetters, drops }) => {
      return `(${String(partition)}, ${String(rows + deadLetters + dropCount(drops, 'tombstone'))})`;
    })
    .join(', ');
  const prefix = `${at} - Batch ${String(summary.batch)}`;
  return [
    `${prefix}: total=${String(total)}, valid=${String(summary.rows)}, invalid=${String(summary.deadLetters)}`,
    `${prefix} partition distribution: [${spread}]`,
  ];
}
