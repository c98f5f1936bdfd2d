import type { PlainValue } from '../../lake/query/plain-value.ts';
import type { RecordCoordinates } from '../../model/job/job-test.ts';
import { formatProblem } from '../../spec/document/spec-problem.ts';
import type { TestDifference } from '../../trial/compare-outcome.ts';
import type { ColumnDifference } from '../../trial/compare-values.ts';
import type { JobTestReport } from '../test-jobs.ts';
import { cellText } from './cell-text.ts';
import { toJson } from './json.ts';
import { dataColors } from './messages.ts';
import { outputWidth, renderTable } from './table.ts';
import { cutToWidth, visible } from './text-width.ts';
import { formatDuration } from './units.ts';

/** A line per test; under one that failed, what differs. */
export function renderTestReport({ job, file, problems, results }: JobTestReport): string {
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const place = file === undefined ? '' : `${file}:`;
    return [
      `${dataColors.red('invalid')} ${job}: ${count}`,
      ...problems.map((problem) => `  ${problem.line === undefined ? '' : place}${formatProblem(problem)}`),
    ].join('\n');
  }
  if (results.length === 0) return `${dataColors.yellow('none')}    ${job}: the job has no tests`;
  return results
    .flatMap(({ name, passed, differences, durationMs }) => [
      `${passed ? dataColors.green('ok    ') : dataColors.red('failed')}  ${job}: ${name} (${formatDuration(durationMs)})`,
      ...differences.flatMap(differenceLines).map((line) => `  ${line}`),
    ])
    .join('\n');
}

export function renderTotals(reports: readonly JobTestReport[]): string {
  const results = reports.flatMap((report) => report.results);
  const failed = results.filter(({ passed }) => !passed).length;
  const invalid = reports.filter(({ problems }) => problems.length > 0).length;
  const parts = [
    dataColors.green(`${results.length - failed} passed`),
    ...(failed > 0 ? [dataColors.red(`${failed} failed`)] : []),
    ...(invalid > 0 ? [dataColors.red(`${invalid} ${invalid === 1 ? 'job is' : 'jobs are'} not in order`)] : []),
  ];
  return `\n${parts.join(', ')}`;
}

function differenceLines(difference: TestDifference): readonly string[] {
  switch (difference.kind) {
    case 'wrongRow':
      return [`row of ${placeOf(difference)}:`, ...columnLines(difference.columns)];
    case 'missingRow': {
      const { row, coordinates } = difference;
      const place = coordinates === undefined ? '' : ` of ${placeOf(coordinates)}`;
      return [bounded(`missing row${place}: ${toJson(row)}`)];
    }
    case 'unexpectedRow':
      return [bounded(`unexpected row of ${placeOf(difference)}: ${toJson(difference.row)}`)];
    case 'missingDeadLetter': {
      const { code, ...rest } = difference.deadLetter;
      const about = Object.values(rest).some((value) => value !== undefined) ? ` ${toJson(rest)}` : '';
      return [bounded(`missing dead letter: ${code}${about}`)];
    }
    case 'unexpectedDeadLetter': {
      const { step, code, message } = difference.deadLetter;
      return [bounded(`unexpected dead letter of ${placeOf(difference.deadLetter)}: ${code} (${step}) ${message}`)];
    }
    case 'drops':
      return [`drops, ${difference.reason}: expected ${difference.expected}, actual ${difference.actual}`];
    case 'wrongOutputRow':
      return [bounded(`${difference.output}: row ${toJson(difference.row)}:`), ...columnLines(difference.columns)];
    case 'missingOutputRow':
      return [bounded(`${difference.output}: missing row: ${toJson(difference.row)}`)];
    case 'unexpectedOutputRow':
      return [bounded(`${difference.output}: unexpected row: ${toJson(difference.row)}`)];
    case 'late':
      return [`${difference.output}, late: expected ${difference.expected}, actual ${difference.actual}`];
  }
}

function columnLines(columns: readonly ColumnDifference[]): readonly string[] {
  const cells = columns.map(({ column, expected, actual }) => [visible(column), ...shownApart(expected, actual)]);
  const table = renderTable([{ title: 'column' }, { title: 'expected' }, { title: 'actual' }], cells, {
    maxWidth: Math.max(0, outputWidth() - 4),
  });
  return table.split('\n').map((line) => `  ${line}`);
}

/** How much is shown of a value before and after the place where two begin to differ. */
const shown = { before: 20, after: 60 };

/** Both as JSON, cut where they are long so that what differs is in sight. */
function shownApart(expected: PlainValue, actual: PlainValue): readonly [string, string] {
  const [left, right] = [valueText(expected), valueText(actual)];
  let same = 0;
  while (same < Math.min(left.length, right.length) && left[same] === right[same]) same += 1;
  const start = left.length > 80 || right.length > 80 ? Math.max(0, same - shown.before) : 0;
  const cut = (text: string): string => {
    const end = start === 0 ? Math.max(80, same + shown.after) : same + shown.after;
    return `${start > 0 ? '…' : ''}${text.slice(start, end)}${text.length > end ? '…' : ''}`;
  };
  return [cut(left), cut(right)];
}

function valueText(value: PlainValue): string {
  if (Object.is(value, -0)) return '-0.0';
  return visible(value instanceof Uint8Array ? cellText(value) : toJson(value));
}

function placeOf({ partition, offset }: RecordCoordinates): string {
  return partition === 0 ? `offset ${offset}` : `partition ${partition}, offset ${offset}`;
}

function bounded(line: string): string {
  return cutToWidth(visible(line), (outputWidth() || 240) - 2);
}
