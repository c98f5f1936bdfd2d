import type { OutputSummary } from '../model/outputs/output-batch.ts';
import { listRuleFailures } from '../model/batch/rule-failures.ts';
import { dropCount, recordDropReasons, type BatchSummary, type Drops } from '../model/batch/batch.ts';

/**
 * The lines that `withMetrics` logs for a batch: totals, how records spread over topic partitions, and failed rules.
 * `total` counts records; offsets that Kafka uses for itself (markers, aborted or compacted records) are not among them.
 */
export function batchLines(summary: BatchSummary): readonly string[] {
  const at = new Date(summary.committedAtMs).toISOString().slice(0, 19).replace('T', ' ');
  const dropped = recordDrops(summary.drops);
  const total = summary.rows + summary.deadLetters + dropped;
  const reasons = recordDropReasons.flatMap((reason) => {
    const count = dropCount(summary.drops, reason);
    return count === 0 ? [] : [`${reason}=${String(count)}`];
  });
  const spread = summary.ranges
    .map(({ partition, rows, deadLetters, drops }) => {
      return `(${String(partition)}, ${String(rows + deadLetters + recordDrops(drops))})`;
    })
    .join(', ');
  const prefix = `${at} - Batch ${String(summary.batch)}`;
  const failed = listRuleFailures(summary.ruleFailures ?? {}).map(
    ({ rule, action, records }) => `${rule}=${String(records)} (${action})`,
  );
  return [
    `${prefix}: total=${String(total)}, valid=${String(summary.rows)}, invalid=${String(summary.deadLetters)}` +
      (dropped === 0 ? '' : `, dropped=${String(dropped)} (${reasons.join(', ')})`),
    `${prefix} partition distribution: [${spread}]`,
    ...(summary.outputs ?? []).map((output) => `${prefix} output ${outputLine(output)}`),
    ...(failed.length === 0 ? [] : [`${prefix} failed rules: ${failed.join(', ')}`]),
  ];
}

function outputLine({ name, counts, rows, closedThrough, open, stateBytes, keepsLate }: OutputSummary): string {
  const late = `${String(counts.late)}${keepsLate === true && counts.late > 0 ? ' (dead letters)' : ''}`;
  const ahead = counts.aheadOfTime === undefined ? '' : `, aheadOfTime=${String(counts.aheadOfTime)}`;
  return (
    `${name}: taken=${String(counts.taken)}, late=${late}${ahead}, written=${String(rows)}, open=${String(open)}, ` +
    `state=${String(stateBytes)} bytes${closedThrough === undefined ? '' : `, closed through ${closedThrough}`}`
  );
}

function recordDrops(drops: Drops): number {
  return recordDropReasons.reduce((sum, reason) => sum + dropCount(drops, reason), 0);
}
