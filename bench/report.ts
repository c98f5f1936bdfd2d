import { formatState } from './windows/format-state.ts';
import { renderTable } from '../src/cli/output/table.ts';
import type { BenchMode, Measurement } from './measurement.ts';
import type { TreeUsage } from './process-tree.ts';
import type { Comparison } from './compare-tables.ts';

export interface BenchReport {
  readonly mode: BenchMode;
  readonly topic: string;
  readonly maxOffsetsPerTrigger: number;
  readonly machine: { readonly cores: number; readonly memoryBytes: number; readonly loadBefore: number };
  readonly ours?: Measurement;
  readonly spark?: Measurement;
  readonly comparison?: Comparison;
}

/** What ours is to reach: rates as multiples of Spark's, memory as a share of it. */
export const targets = {
  raw: { rateRatio: 2.5, memoryRatio: 0.5 },
  structured: { rateRatio: 4, memoryRatio: 0.5 },
} as const;

export interface Ratios {
  readonly rate: number;
  readonly recordsPerCpuSecond: number;
  readonly peakMemory: number;
}

/** Ours in proportion to Spark's. */
export function ratiosOf(ours: Measurement, spark: Measurement): Ratios {
  return {
    rate: ours.recordsPerSecond / spark.recordsPerSecond,
    recordsPerCpuSecond: perCpuSecond(ours) / perCpuSecond(spark),
    peakMemory: ours.usage.peakMemoryBytes / spark.usage.peakMemoryBytes,
  };
}

function perCpuSecond(measurement: Measurement): number {
  return measurement.records / measurement.usage.cpuSeconds;
}

/** The report as a table for people. */
export function formatReport(report: BenchReport): string {
  const { ours, spark } = report;
  const sides = [...(ours ? [ours] : []), ...(spark ? [spark] : [])];
  const ratios = ours && spark ? ratiosOf(ours, spark) : undefined;
  const target = report.mode === 'windows' ? undefined : targets[report.mode];
  const rows: (readonly string[])[] = [];
  const columns = [
    { title: '' },
    ...[...sides.map(({ side }) => side), ...(ratios ? ['ratio', 'target'] : [])].map((title) => {
      return { title, align: 'right' } as const;
    }),
  ];
  const addRow = (name: string, value: (side: Measurement) => string, ratio = '', aim = ''): void => {
    rows.push([name, ...sides.map(value), ...(ratios ? [ratio, aim] : [])]);
  };
  addRow('records', (side) => grouped(side.records));
  addRow('seconds', (side) => side.seconds.toFixed(1));
  addRow(
    'records/s',
    (side) => grouped(side.recordsPerSecond),
    times(ratios?.rate),
    target && `≥ ${target.rateRatio} ×`,
  );
  addRow('records/s, best batch', ({ bestBatchRecordsPerSecond: best }) => (best === undefined ? '' : grouped(best)));
  addRow('batches', (side) => grouped(side.batches));
  addRow('CPU seconds', (side) => side.usage.cpuSeconds.toFixed(1));
  addRow('records per CPU second', (side) => grouped(perCpuSecond(side)), times(ratios?.recordsPerCpuSecond));
  addRow(
    'peak memory (PSS), MB',
    (side) => megabytes(side.usage.peakMemoryBytes),
    times(ratios?.peakMemory),
    target && `≤ ${target.memoryRatio} ×`,
  );
  return [
    `${report.mode}: topic ${report.topic}, at most ${grouped(report.maxOffsetsPerTrigger)} offsets per trigger`,
    `${report.machine.cores} cores, ${megabytes(report.machine.memoryBytes)} MB, load before ${report.machine.loadBefore.toFixed(1)}`,
    renderTable(columns, rows),
    ...Object.entries(ours?.serverUsage ?? {}).map(([server, usage]) => describeServer(server, usage)),
    ...(report.comparison ? [describeComparison(report.comparison)] : []),
    ...sides.flatMap((side) => (side.stateBatches ? ['', formatState(side.side, side.stateBatches)] : [])),
  ].join('\n');
}

function describeServer(server: string, usage: TreeUsage): string {
  return `Beside kafka-bronze, ${server} used ${usage.cpuSeconds.toFixed(1)} CPU seconds and ${megabytes(usage.peakMemoryBytes)} MB.`;
}

function describeComparison(comparison: Comparison): string {
  if (comparison.kind === 'different') return `DIFFERENT CONTENT:\n${comparison.differences.join('\n')}`;
  const { rows, deadLetters } = comparison;
  return `Same content on both sides: ${grouped(rows)} rows and ${grouped(deadLetters)} dead letters.`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return grouped(bytes / 1_000_000);
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
}
