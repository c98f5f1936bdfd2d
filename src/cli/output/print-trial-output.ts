import { formatType } from '../../spec/column-types/type-format.ts';
import type { TrialOutput } from '../../trial/trial-output.ts';
import { dataColors } from './messages.ts';
import { renderSample } from './print-sample.ts';
import { outputWidth } from './table.ts';
import { cutToWidth, visible } from './text-width.ts';
import { formatCount } from './units.ts';

/** What an output would hold, for people: how much, what was left out, and some rows. */
export function trialOutputLines(output: TrialOutput, mostRows: number): readonly string[] {
  const { name, hasWindows, counts, closedThrough, columns, rows } = output;
  const { taken, late, nullEventTime, nullKey, aheadOfTime = 0 } = counts;
  const final = rows.filter(({ isFinal }) => isFinal).length;
  const facts: [string, string][] = [
    ['rows', `${formatCount(rows.length)}${hasWindows ? `, ${formatCount(final)} of them final` : ''}`],
    ['taken', `${formatCount(taken)} rows of the job's table`],
    ...(hasWindows ? [['watermark', closedThrough ?? 'none yet'] as [string, string]] : []),
    ...counted('late', late, 'for all their windows'),
    ...counted('no time', nullEventTime, 'without an event time, in no window'),
    ...counted('ahead', aheadOfTime, 'too far ahead of their timestamps to move the watermark'),
    ...counted('no key', nullKey, 'without a value in a column of the key'),
  ];
  const lines = facts.map(([title, text]) => cutToWidth(`  ${title.padEnd(13)}${text}`, outputWidth() || 240));
  const head = `output ${dataColors.bold(visible(name))}, after these records alone`;
  const shown = rows.slice(0, mostRows);
  return [
    '',
    head,
    ...lines,
    ...(hasWindows ? renderSample(columns, shown, finality(output)) : renderSample(columns, shown)),
  ];
}

function counted(title: string, count: number, what: string): readonly [string, string][] {
  return count === 0 ? [] : [[title, `${formatCount(count)} ${what}`]];
}

function finality({ rows }: TrialOutput): { readonly title: string; readonly cells: readonly string[] } {
  return { title: 'window', cells: rows.map(({ isFinal }) => (isFinal ? 'final' : 'open')) };
}

/** The same for programs, with all rows. */
export function trialOutputAsJson(output: TrialOutput): Readonly<Record<string, unknown>> {
  const { hasWindows, columns, rows, ...about } = output;
  return {
    ...about,
    columns: columns.map(({ name, type }) => ({ name, type: formatType(type) })),
    rows: rows.map(({ isFinal, values }) => ({
      ...(hasWindows ? { isFinal } : {}),
      row: Object.fromEntries(columns.map(({ name }, index) => [name, values[index]])),
    })),
  };
}
