import type { BatchPlan, BatchSummary, Drops, RangeCounts } from '../src/model/batch/batch.ts';
import type { JobProgress, LaneProgress } from '../src/model/requests/job-progress.ts';
import type { MaintainedTable } from '../src/model/requests/maintenance-requests.ts';
import { listRuleFailures } from '../src/model/batch/rule-failures.ts';
import { formatRange, type OffsetRange } from '../src/model/batch/offset-range.ts';
import type { LaneError } from './find-failure.ts';

/** The Markdown that the Web UI shows as a workflow's current details. */
export function jobDetails(progress: JobProgress): string {
  const shown = worstLanes(progress.lanes);
  const left = progress.lanes.length - shown.length;
  return [
    `**${progress.job}**: ${progress.state}`,
    ...(progress.warning === undefined ? [] : ['', `> ${progress.warning}`]),
    '',
    '| topic | state | batches | rows | dead letters | lag | version | last batch |',
    '|---|---|--:|--:|--:|--:|--:|---|',
    ...shown.map(laneRow),
    ...(left === 0 ? [] : [`| … and ${format(left)} more |||||||`]),
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
        ? [last.closedThrough ?? '', format(last.open), `${format(last.stateBytes)} bytes`, String(last.version)]
        : ['', '', '', ''];
      return `| ${[topic, name, ...counts.map(format), ...standing].join(' | ')} |`;
    }),
  );
  if (rows.length === 0) return [];
  return [
    '',
    '| topic | output | rows taken | late | ahead of time | no event time | no key | rows written | rows removed | closed through | open | state | version |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|',
    ...rows,
  ];
}

function laneRow(lane: LaneProgress): string {
  const { totals, lastBatch } = lane;
  const state = lane.error ? `${lane.state}: ${lane.error.code} ${oneLine(lane.error.message)}` : lane.state;
  const last = lastBatch ? `${format(lastBatch.rows)} rows in ${format(lastBatch.durationMs)} ms` : '';
  const cells = [
    lane.topic,
    state,
    format(totals.batches),
    format(totals.rows),
    format(totals.deadLetters),
    format(BigInt(lane.lagOffsets)),
    lastBatch ? String(lastBatch.version) : '',
    last,
  ];
  return `| ${cells.join(' | ')} |`;
}

export function planDetails(plan: BatchPlan): string {
  return [
    `**${plan.topic}** batch ${String(plan.batch)}: staging`,
    '',
    '| partition | start offset | end offset |',
    '|--:|--:|--:|',
    ...plan.ranges.map((range) => `| ${String(range.partition)} | ${range.startOffset} | ${range.endOffset} |`),
  ].join('\n');
}

export function batchDetails(summary: BatchSummary): string {
  return [
    `**${summary.topic}** batch ${String(summary.batch)} is version ${String(summary.version)}: ${describeSummary(summary)}`,
    '',
    '| partition | start offset | end offset | rows | dead letters | dropped |',
    '|--:|--:|--:|--:|--:|---|',
    ...summary.ranges.map(rangeRow),
    ...failedRulesTable(summary),
    ...outputsTable(summary),
  ].join('\n');
}

function outputsTable({ outputs = [] }: BatchSummary): readonly string[] {
  if (outputs.length === 0) return [];
  return [
    '',
    '| output | version | rows taken | late | ahead of time | rows written | rows removed | closed through | open | state |',
    '|---|--:|--:|--:|--:|--:|--:|---|--:|--:|',
    ...outputs.map((output) => {
      const { name, version, counts, rows, removedRows, closedThrough = '', open, stateBytes, keepsLate } = output;
      const late = `${format(counts.late)}${keepsLate === true && counts.late > 0 ? ' (dead letters)' : ''}`;
      const written = [counts.aheadOfTime ?? 0, rows, removedRows].map(format);
      const taken = [name, format(version), format(counts.taken), late, ...written];
      const cells = [...taken, closedThrough, format(open), `${format(stateBytes)} bytes`];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

/** A round of maintenance, table by table. */
export function maintenanceDetails(
  task: string,
  done: readonly MaintainedTable[],
  failures: readonly ({ readonly table: string } & LaneError)[],
): string {
  return [
    `**${task}**: ${format(done.length)} tables done, ${format(failures.length)} failed`,
    '',
    '| table | what came of it |',
    '|---|---|',
    ...done.map((table) => `| ${table.table} | ${describeMaintained(table)} |`),
    ...failures.map(({ table, code, message }) => `| ${table} | ${code} ${oneLine(message)} |`),
  ].join('\n');
}

function describeMaintained(table: MaintainedTable): string {
  switch (table.kind) {
    case 'absent':
      return 'not there yet';
    case 'optimized': {
      const lost = table.lostBins === 0 ? '' : `; ${format(table.lostBins)} groups were changed by others meanwhile`;
      return `joined ${format(table.removedFiles)} files into ${format(table.addedFiles)}${lost}`;
    }
    case 'vacuumed':
      return `deleted ${format(table.deletedFiles)} files (${format(table.deletedBytes)} bytes)`;
    case 'cleanedUp': {
      const deleted = `deleted ${format(table.deletedFiles)} files of the log (${format(table.deletedBytes)} bytes)`;
      const begins = table.firstVersion === undefined ? '' : `; it begins with version ${format(table.firstVersion)}`;
      return `${deleted}${begins}${describeCheckpoint(table)}`;
    }
    case 'logKept':
      return `the log stays, as the table's properties say${describeCheckpoint(table)}`;
  }
}

function describeCheckpoint({ checkpoint }: { readonly checkpoint?: number }): string {
  return checkpoint === undefined ? '' : `; wrote a checkpoint of version ${format(checkpoint)}`;
}

function failedRulesTable({ ruleFailures = {} }: BatchSummary): readonly string[] {
  const failed = listRuleFailures(ruleFailures);
  if (failed.length === 0) return [];
  return [
    '',
    '| rule | on failure | records that fail |',
    '|---|---|--:|',
    ...failed.map(({ rule, action, records }) => `| ${oneLine(rule)} | ${action} | ${format(records)} |`),
  ];
}

function rangeRow(counts: RangeCounts): string {
  const cells = [
    String(counts.partition),
    counts.startOffset,
    counts.endOffset,
    format(counts.rows),
    format(counts.deadLetters),
    describeDrops(counts.drops),
  ];
  return `| ${cells.join(' | ')} |`;
}

function describeDrops(drops: Drops): string {
  return Object.entries(drops)
    .map(([reason, count]) => `${format(count)} ${reason}`)
    .join(', ');
}

export function describeSummary(summary: BatchSummary): string {
  const drops = describeDrops(summary.drops);
  const dropped = drops === '' ? '' : `, dropped ${drops}${describeDuplicates(summary)}`;
  return `${format(summary.rows)} rows, ${format(summary.deadLetters)} dead letters${dropped}, ${format(summary.files)} ${summary.files === 1 ? 'file' : 'files'} in ${format(summary.durationMs)} ms`;
}

function describeDuplicates({ duplicates }: BatchSummary): string {
  if (duplicates === undefined || duplicates.inBatch + duplicates.inTable === 0) return '';
  return ` (${format(duplicates.inBatch)} in the batch, ${format(duplicates.inTable)} in the table)`;
}

/** A one-line summary of an activity: `gps_pings/0 [0, 500) and 3 more`. */
export function describeRanges(ranges: readonly OffsetRange[]): string {
  const [first, ...others] = ranges;
  if (!first) return 'nothing';
  return others.length === 0 ? formatRange(first) : `${formatRange(first)} and ${String(others.length)} more`;
}

/** 1234567 → `1,234,567`, without a locale's help: workflow code must give the same text everywhere. */
function format(value: number | bigint): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 300);
}
