import type { BatchPlan, BatchSummary, Drops, RangeCounts, TransformedGroup } from '../src/model/batch/batch.ts';
import type { JobProgress, LaneProgress } from '../src/model/requests/job-progress.ts';
import { listRuleFailures } from '../src/model/batch/rule-failures.ts';
import { formatRange, type OffsetRange } from '../src/model/batch/offset-range.ts';
import { count, duration, instant, oneLine, size } from './figures.ts';
import { markdownTable, type DetailColumn } from './markdown-table.ts';

const right = { align: 'right' } as const;
const rare = { ...right, optional: true } as const;

/** The Markdown that the Web UI shows as a workflow's current details. */
export function jobDetails(progress: JobProgress): string {
  const shown = worstLanes(progress.lanes);
  const left = progress.lanes.length - shown.length;
  const columns: readonly DetailColumn[] = [
    { title: 'topic' },
    { title: 'state' },
    { title: 'batches', ...right },
    { title: 'rows', ...right },
    { title: 'dead letters', ...right },
    { title: 'lag', ...right },
    { title: 'version', ...right },
    { title: 'last batch' },
  ];
  return [
    `**${progress.job}**: ${progress.state}`,
    ...(progress.warning === undefined ? [] : ['', `> ${progress.warning}`]),
    ...markdownTable(columns, [...shown.map(laneCells), ...(left === 0 ? [] : [[`… and ${count(left)} more`]])]),
    ...outputTotalsTable(shown),
  ].join('\n');
}

/** Beyond that a table is not read, and takes a while to be written with each batch. */
const maxRows = 200;

/** Of many lanes those that somebody has to look at: first the ones that a defect has stopped, then by their lag. */
function worstLanes(lanes: readonly LaneProgress[]): readonly LaneProgress[] {
  if (lanes.length <= maxRows) return lanes;
  const urgency = ({ error, lagOffsets }: LaneProgress): number => (error ? Infinity : Number(lagOffsets));
  // Where both have failed, the difference is not a number.
  return lanes.toSorted((left, right) => urgency(right) - urgency(left) || 0).slice(0, maxRows);
}

/** What outputs came to since the job was started, and how they stand after their last batch. */
function outputTotalsTable(lanes: readonly LaneProgress[]): readonly string[] {
  const rows = lanes.flatMap(({ topic, totals, lastBatch }) =>
    Object.entries(totals.outputs ?? {}).map(([name, total]) => {
      const last = lastBatch?.outputs?.find((output) => output.name === name);
      const { taken, late, aheadOfTime = 0, nullEventTime, nullKey } = total;
      const counts = [taken, late, aheadOfTime, nullEventTime, nullKey, total.rows, total.removedRows];
      const standing = last
        ? [instant(last.closedThrough ?? ''), count(last.open), size(last.stateBytes), String(last.version)]
        : ['', '', '', ''];
      return [lanes.length === 1 ? '' : topic, name, ...counts.map(count), ...standing];
    }),
  );
  const columns: readonly DetailColumn[] = [
    { title: 'topic', optional: true },
    { title: 'output' },
    { title: 'rows taken', ...right },
    { title: 'late', ...right },
    { title: 'ahead of time', ...rare },
    { title: 'no event time', ...rare },
    { title: 'no key', ...rare },
    { title: 'rows written', ...right },
    { title: 'rows removed', ...rare },
    { title: 'closed through', optional: true },
    { title: 'open', ...right },
    { title: 'state', ...right },
    { title: 'version', ...right },
  ];
  return markdownTable(columns, rows);
}

function laneCells(lane: LaneProgress): readonly string[] {
  const { totals, lastBatch } = lane;
  const state = lane.error ? `${lane.state}: ${lane.error.code} ${oneLine(lane.error.message)}` : lane.state;
  return [
    lane.topic,
    state,
    count(totals.batches),
    count(totals.rows),
    count(totals.deadLetters),
    count(BigInt(lane.lagOffsets)),
    lastBatch ? String(lastBatch.version) : '',
    lastBatch ? `${count(lastBatch.rows)} rows in ${duration(lastBatch.durationMs)}` : '',
  ];
}

const rangeColumns: readonly DetailColumn[] = [
  { title: 'partition', ...right },
  { title: 'start offset', ...right },
  { title: 'end offset', ...right },
];

export function planDetails(plan: BatchPlan): string {
  const rows = plan.ranges.map((range) => [String(range.partition), range.startOffset, range.endOffset]);
  return [`**${plan.topic}** batch ${String(plan.batch)}: staging`, ...markdownTable(rangeColumns, rows)].join('\n');
}

export function batchDetails(summary: BatchSummary): string {
  const columns: readonly DetailColumn[] = [
    ...rangeColumns,
    { title: 'rows', ...right },
    { title: 'dead letters', ...right },
    { title: 'dropped', optional: true },
  ];
  return [
    `**${summary.topic}** batch ${String(summary.batch)} is version ${String(summary.version)}: ${describeSummary(summary)}`,
    ...markdownTable(columns, summary.ranges.map(rangeCells)),
    ...failedRulesTable(summary),
    ...outputsTable(summary),
  ].join('\n');
}

function outputsTable({ outputs = [] }: BatchSummary): readonly string[] {
  const rows = outputs.map((output) => {
    const {
      name,
      version,
      counts,
      rows: written,
      removedRows,
      closedThrough = '',
      open,
      stateBytes,
      keepsLate,
    } = output;
    const late = `${count(counts.late)}${keepsLate === true && counts.late > 0 ? ' (dead letters)' : ''}`;
    const figures = [counts.aheadOfTime ?? 0, written, removedRows].map(count);
    const taken = [name, count(version), count(counts.taken), late, ...figures];
    return [...taken, instant(closedThrough), count(open), size(stateBytes)];
  });
  const columns: readonly DetailColumn[] = [
    { title: 'output' },
    { title: 'version', ...right },
    { title: 'rows taken', ...right },
    { title: 'late', ...right },
    { title: 'ahead of time', ...rare },
    { title: 'rows written', ...right },
    { title: 'rows removed', ...rare },
    { title: 'closed through', optional: true },
    { title: 'open', ...right },
    { title: 'state', ...right },
  ];
  return markdownTable(columns, rows);
}

function failedRulesTable({ ruleFailures = {} }: BatchSummary): readonly string[] {
  const columns = [{ title: 'rule' }, { title: 'on failure' }, { title: 'records that fail', ...right }];
  const failed = listRuleFailures(ruleFailures);
  return markdownTable(
    columns,
    failed.map(({ rule, action, records }) => [oneLine(rule), action, count(records)]),
  );
}

function rangeCells(counts: RangeCounts): readonly string[] {
  return [
    String(counts.partition),
    counts.startOffset,
    counts.endOffset,
    count(counts.rows),
    count(counts.deadLetters),
    describeDrops(counts.drops),
  ];
}

function describeDrops(drops: Drops): string {
  return Object.entries(drops)
    .map(([reason, dropped]) => `${count(dropped)} ${reason}`)
    .join(', ');
}

export function describeSummary(summary: BatchSummary): string {
  const drops = describeDrops(summary.drops);
  const dropped = drops === '' ? '' : `, dropped ${drops}${describeDuplicates(summary)}`;
  const files = `${count(summary.files)} ${summary.files === 1 ? 'file' : 'files'}`;
  return `${count(summary.rows)} rows, ${count(summary.deadLetters)} dead letters${dropped}, ${files} in ${duration(summary.durationMs)}`;
}

function describeDuplicates({ duplicates }: BatchSummary): string {
  if (duplicates === undefined || duplicates.inBatch + duplicates.inTable === 0) return '';
  return ` (${count(duplicates.inBatch)} in the batch, ${count(duplicates.inTable)} in the table)`;
}

/** A one-line summary of an activity: `gps_pings/0 [0, 500) and 3 more`. */
export function describeRanges(ranges: readonly OffsetRange[]): string {
  const [first, ...others] = ranges;
  if (!first) return 'nothing';
  return others.length === 0 ? formatRange(first) : `${formatRange(first)} and ${String(others.length)} more`;
}

/** The same of a commit: `1,234 rows`. */
export function describeCounts(groups: readonly TransformedGroup[], what: 'rows' | 'deadLetters' = 'rows'): string {
  const total = groups.flatMap((group) => group.counts).reduce((sum, counts) => sum + counts[what], 0);
  return `${count(total)} ${what === 'rows' ? 'rows' : 'dead letters'}`;
}
