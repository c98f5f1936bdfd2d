import { basename } from 'node:path';
import { printJson } from '../output/json.ts';
import { describeDrops, describeFailures, droppedRecords } from '../output/lane-table.ts';
import { dataColors, errorColors, printMessage } from '../output/messages.ts';
import { renderOutputs } from '../output/output-table.ts';
import { writeLine } from '../output/stdout.ts';
import { renderTable } from '../output/table.ts';
import { formatCount, formatDuration } from '../output/units.ts';
import type { DemoResult } from './run-demo.ts';

/** What to type next, for somebody who sees this for the first time; nothing where no row came of it. */
export function nextSteps({ jobs, stopsServers }: DemoResult): readonly string[] {
  const lanes = jobs.flatMap((job) => job.lanes.map((lane) => ({ ...lane, job: job.job })));
  const lane = lanes.find(({ totals }) => totals.rows > 0);
  if (lane === undefined) return [];
  return [
    '',
    'Look at the tables; no server is needed for it:',
    `  npx bronze query "from ${basename(lane.table)} limit 5"`,
    '  npx bronze dlq list',
    `  npx bronze history ${lane.job}`,
    ...(stopsServers
      ? ['Kafka and Temporal are stopped and keep their data; npx bronze stack up starts them again.']
      : []),
  ];
}

/** Prints what a run came to; true when all that was asked for is committed and verified. */
export async function printSummary(result: DemoResult, wanted: number | undefined, asJson: boolean): Promise<boolean> {
  const lanes = result.jobs.flatMap((job) => job.lanes);
  const failed = lanes.filter(({ state }) => state === 'failed');
  const verified = result.reports.length > 0 && result.reports.every(({ same }) => same);
  const rows = lanes.reduce((sum, { totals }) => sum + totals.rows, 0);
  const deadLetters = lanes.reduce((sum, { totals }) => sum + totals.deadLetters, 0);
  const drops = lanes.reduce((sum, { totals }) => sum + droppedRecords(totals.drops), 0);
  const complete = wanted === undefined || (result.produced >= wanted && !result.interrupted);
  const isWell = failed.length === 0 && complete && (verified || result.interrupted);
  const rowsPerSecond = Math.round((rows * 1000) / Math.max(1, result.ingestMs));
  if (asJson) {
    await printJson({ ...result, rows, deadLetters, drops, rowsPerSecond, verified });
    return isWell;
  }
  const cells = lanes.map(({ table, state, totals, lastBatch }) => [
    basename(table),
    state,
    formatCount(totals.batches),
    formatCount(totals.rows),
    formatCount(totals.deadLetters),
    describeDrops(totals.drops),
    lastBatch ? String(lastBatch.version) : '',
  ]);
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'table' },
    { title: 'state' },
    { title: 'batches', ...right },
    { title: 'rows', ...right },
    { title: 'dead letters', ...right },
    { title: 'drops', ...right, optional: true },
    { title: 'version', ...right },
  ];
  const outcome =
    drops === 0
      ? `${formatCount(rows)} rows and ${formatCount(deadLetters)} dead letters`
      : `${formatCount(rows)} rows, ${formatCount(deadLetters)} dead letters and ${formatCount(drops)} drops`;
  await writeLine([renderTable(columns, cells), ...renderOutputs(lanes)].join('\n'));
  await writeLine('');
  await writeLine(`${formatCount(result.produced)} records produced; committed: ${outcome}`);
  await writeLine(
    `from the first sample to the last commit: ${formatDuration(result.ingestMs)} (${formatCount(rowsPerSecond)} rows/s)`,
  );
  if (result.interrupted && rows + deadLetters + drops < result.produced)
    await writeLine('What is not committed yet waits in Kafka: the next run goes on there.');
  for (const { job, same, comparedRecords, differenceCount } of result.reports) {
    const verdict = same
      ? dataColors.green('verified')
      : dataColors.red(`${formatCount(differenceCount)} differences; see "bronze verify ${job}"`);
    await writeLine(`${job}: ${formatCount(comparedRecords)} records compared with Kafka: ${verdict}`);
  }
  for (const line of describeFailures(failed)) await writeLine(line);
  for (const line of nextSteps(result)) printMessage(errorColors.dim(line));
  return isWell;
}
