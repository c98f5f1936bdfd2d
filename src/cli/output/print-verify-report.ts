import type { Difference, OutputReport, PartitionReport, VerifyReport } from '../../verify/verify-report.ts';
import { dataColors } from './messages.ts';
import { writeLine } from './stdout.ts';
import { renderTable, type Column } from './table.ts';
import { formatCount, formatDuration } from './units.ts';

/** `bronze verify` for people. */
export async function printVerifyReport(report: VerifyReport): Promise<void> {
  const right = { align: 'right' } as const;
  const partitions = report.topics.flatMap((topic) => topic.partitions);
  if (partitions.length > 0) {
    await writeLine(
      renderTable(
        [
          { title: 'topic' },
          { title: 'partition', ...right },
          { title: 'offsets' },
          { title: 'records', ...right },
          { title: 'rows', ...right },
          { title: 'dead letters', ...right },
          { title: 'drops', ...right },
          { title: 'verdict' },
        ],
        partitions.map(partitionRow),
      ),
    );
  }
  const outputs = report.topics.flatMap((topic) => topic.outputs);
  if (outputs.length > 0) await writeLine(`\n${renderTable(outputColumns, outputs.map(outputRow))}`);
  for (const { topic, notes } of report.topics) {
    for (const note of notes) await writeLine(`${dataColors.yellow('note')} ${topic}: ${note}`);
  }
  for (const { topic, output, notes } of outputs) {
    for (const note of notes) await writeLine(`${dataColors.yellow('note')} ${topic}, output ${output}: ${note}`);
  }
  for (const difference of report.differences) await writeLine(differenceLine(difference));
  const untold = report.differenceCount - report.differences.length;
  if (untold > 0) await writeLine(`and ${formatCount(untold)} more differences`);
  await writeLine('');
  await writeLine(conclusion(report, partitions));
}

function partitionRow(partition: PartitionReport): string[] {
  const { topic, startOffset, endOffset, comparedFrom, records, rows, deadLetters, drops } = partition;
  const since = comparedFrom !== undefined && comparedFrom !== startOffset ? ` Kafka from ${comparedFrom}` : '';
  return [
    topic,
    String(partition.partition),
    `[${startOffset}, ${endOffset})${since}`,
    formatCount(records),
    formatCount(rows),
    formatCount(deadLetters),
    formatCount(drops),
    verdictText(partition),
  ];
}

const outputColumns: readonly Column[] = [
  { title: 'topic' },
  { title: 'output' },
  { title: 'records', align: 'right' },
  { title: 'late', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'verdict' },
];

function outputRow(output: OutputReport): string[] {
  const { topic, records, late, rows } = output;
  return [topic, output.output, formatCount(records), formatCount(late), formatCount(rows), verdictText(output)];
}

function verdictText({ verdict, differences }: Pick<PartitionReport, 'verdict' | 'differences'>): string {
  switch (verdict) {
    case 'same':
      return dataColors.green('same');
    case 'counted':
      return dataColors.yellow('counts agree');
    case 'unproven':
      return dataColors.yellow('not proven');
    case 'different':
      return dataColors.red(`${formatCount(differences)} ${differences === 1 ? 'difference' : 'differences'}`);
  }
}

function differenceLine({ kind, topic, partition, offset, output, row, expected, found }: Difference): string {
  const ofOutput = `${output === undefined ? '' : ` output ${output}`}${row === undefined ? '' : ` (${row})`}`;
  const place = `${topic}${partition < 0 ? '' : `/${partition}`}${offset === undefined ? '' : ` offset ${offset}`}${ofOutput}`;
  return `${dataColors.red(kind)} ${place}: expected ${expected}; found ${found}`;
}

function conclusion(report: VerifyReport, partitions: readonly PartitionReport[]): string {
  const speed = Math.round(report.comparedRecords / Math.max(0.001, report.durationMs / 1000));
  const work = `${formatCount(report.comparedRecords)} records in ${formatDuration(report.durationMs)} (${formatCount(speed)}/s)`;
  if (!report.same) {
    const count = `${formatCount(report.differenceCount)} ${report.differenceCount === 1 ? 'difference' : 'differences'}`;
    return `${dataColors.red('different')}: ${count}; compared ${work}`;
  }
  if (partitions.length === 0) return `nothing to compare: no commit of the job ${report.job} yet`;
  const counted = partitions.filter(({ verdict }) => verdict === 'counted').length;
  const rest = counted === 0 ? '' : `; of ${counted} topic partitions only ranges and counts could be compared`;
  const unproven = partitions.filter(({ verdict }) => verdict === 'unproven').length;
  const unknown = unproven === 0 ? '' : `; of ${unproven} topic partitions not all could be proven, see the notes`;
  const outputs = report.topics.flatMap((topic) => topic.outputs);
  const unprovenOutputs = outputs.filter(({ verdict }) => verdict === 'unproven').length;
  const unknownOutputs = unprovenOutputs === 0 ? '' : `; ${unprovenOutputs} outputs could not be proven, see the notes`;
  return `${dataColors.green('same')}: compared ${work}, no difference${rest}${unknown}${unknownOutputs}`;
}
