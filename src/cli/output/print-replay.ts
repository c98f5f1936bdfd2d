import { basename } from 'node:path';
import type { Counts } from '../../model/counts.ts';
import {
  totalOf,
  type LeftReason,
  type ReplayedShare,
  type ReplayReport,
} from '../../model/requests/replay-requests.ts';
import { formatCount } from './units.ts';

const whyLeft: Readonly<Record<LeftReason, string>> = {
  replayed: 'were sent before (--again sends them again)',
  late: 'came too late for an output, and are rows of the table (--all sends them)',
  redacted: 'have no record any more: the job scrubs personal data (scrub.deadLetters)',
};

/** `bronze dlq replay` for people: what was chosen, and what became of it. */
export function renderReplay({ shares }: ReplayReport, isDryRun: boolean): string {
  return shares.map((share) => renderShare(share, isDryRun)).join('\n\n');
}

function renderShare(
  { table, chosen, left, sent, kept, dropped, beyondLimit }: ReplayedShare,
  isDryRun: boolean,
): string {
  if (chosen === 0) return `${basename(table)}: no such dead letters`;
  const lines: [number, string][] = [
    [totalOf(sent), `${isDryRun ? 'would be sent' : 'sent'}${byCode(sent)}`],
    [totalOf(kept), `would be dead letters again, and stay${byCode(kept)}`],
    [dropped, 'would be dropped by the job, and stay'],
    [left.replayed ?? 0, whyLeft.replayed],
    [left.late ?? 0, whyLeft.late],
    [left.redacted ?? 0, whyLeft.redacted],
    [beyondLimit, 'are beyond the limit'],
  ];
  const width = formatCount(chosen).length;
  return [
    `${basename(table)}: ${formatCount(chosen)} dead letters chosen`,
    ...lines
      .filter(([records], index) => index === 0 || records > 0)
      .map(([records, what]) => `  ${formatCount(records).padStart(width)}  ${what}`),
  ].join('\n');
}

function byCode(counts: Counts): string {
  const codes = Object.entries(counts).toSorted(([a, some], [b, others]) => others - some || (a < b ? -1 : 1));
  return codes.length === 0 ? '' : `: ${codes.map(([code, records]) => `${formatCount(records)} ${code}`).join(', ')}`;
}
