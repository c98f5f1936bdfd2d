import { basename } from 'node:path';
import { dataColors } from '../output/messages.ts';
import { describeRetry } from '../output/job-table.ts';
import { describeFailures, renderLanes } from '../output/lane-table.ts';
import { renderOutputs } from '../output/output-table.ts';
import { formatCount } from '../output/units.ts';
import type { JobProgress, LaneProgress } from '../../model/requests/job-progress.ts';
import type { RetryingActivity } from '../../temporal/retrying-activities.ts';

/** What the live view shows at a moment. */
export interface DemoSnapshot {
  readonly webUi: string | undefined;
  readonly lakeFolder: string;
  readonly elapsedMs: number;
  readonly produced: number;
  readonly wanted: number | undefined;
  readonly jobs: readonly JobProgress[];
  readonly retrying: readonly RetryingActivity[];
  /** Rows per second by table, over the last seconds. */
  readonly rates: ReadonlyMap<string, number>;
  readonly phase: DemoPhase;
}

export type DemoPhase = 'running' | 'stopping' | 'verifying';

const hints: Readonly<Record<DemoPhase, string>> = {
  running: 'Ctrl-C stops gracefully.',
  stopping: 'Micro-batches on their way are committed. Ctrl-C again ends at once.',
  verifying: 'Every record is compared with Kafka. Ctrl-C again ends at once.',
};

export function renderDemo(snapshot: DemoSnapshot & { readonly logFile: string }): string {
  const lanes = snapshot.jobs.flatMap((job) => job.lanes);
  return [
    `${dataColors.bold('kafka-bronze')}   ${snapshot.phase}   ${String(Math.round(snapshot.elapsedMs / 1000))} s`,
    `Web UI  ${snapshot.webUi ?? 'of your Temporal'}`,
    `Lake    ${snapshot.lakeFolder}`,
    `Log     ${snapshot.logFile}`,
    producedLine(snapshot),
    '',
    renderLanes(lanes, {
      title: 'table',
      name: ({ table }) => basename(table),
      rowsPerSecond: ({ table }) => snapshot.rates.get(table) ?? 0,
    }),
    ...renderOutputs(lanes),
    ...describeFailures(lanes).map((line) => dataColors.red(line)),
    ...snapshot.retrying.map((retry) => dataColors.yellow(describeRetry(retry))),
    '',
    dataColors.dim(hints[snapshot.phase]),
  ].join('\n');
}

const barWidth = 30;

function producedLine({ produced, wanted }: DemoSnapshot): string {
  if (wanted === undefined) return `Samples ${formatCount(produced)} produced`;
  const filled = Math.round((Math.min(produced, wanted) / Math.max(1, wanted)) * barWidth);
  return `Samples ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${formatCount(produced)} of ${formatCount(wanted)} produced`;
}

/** One line for logs and pipes, where nothing can be redrawn. */
export function describeDemo(snapshot: DemoSnapshot): string {
  const lanes = snapshot.jobs.flatMap((job) => job.lanes);
  const total = (count: (lane: LaneProgress) => number): string =>
    formatCount(lanes.reduce((sum, lane) => sum + count(lane), 0));
  const rate = formatCount(Math.round([...snapshot.rates.values()].reduce((sum, value) => sum + value, 0)));
  return (
    `${String(Math.round(snapshot.elapsedMs / 1000)).padStart(4)} s  ${snapshot.phase}: ${formatCount(snapshot.produced)} produced, ` +
    `${total((lane) => lane.totals.rows)} rows, ${total((lane) => lane.totals.deadLetters)} dead letters, ${rate} rows/s, ` +
    `${total((lane) => lane.totals.batches)} batches` +
    snapshot.retrying.map((retry) => `\n        ${describeRetry(retry)}`).join('')
  );
}
