import type { Counts } from '../src/model/counts.ts';
import { totalOf, type ReplayReport } from '../src/model/requests/replay-requests.ts';
import { count } from './figures.ts';

/** The Markdown that the Web UI shows of a replay. */
export function replayDetails({ job, shares }: ReplayReport): string {
  return [
    `**${job}**: dead letters sent again`,
    '',
    '| dead-letter table | chosen | sent | would fail again | would be dropped | left | beyond the limit |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...shares.map(({ table, chosen, sent, kept, dropped, left, beyondLimit }) => {
      const leftOut = Object.fromEntries(Object.entries(left));
      const cells = [table, count(chosen), byCode(sent), byCode(kept), count(dropped), byCode(leftOut)];
      return `| ${[...cells, count(beyondLimit)].join(' | ')} |`;
    }),
  ].join('\n');
}

/** `12 (10 CAST_FAILED, 2 INVALID_JSON)` */
function byCode(counts: Counts): string {
  const codes = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const named = codes.map(([code, records]) => `${count(records)} ${code}`).join(', ');
  return named === '' ? '0' : `${count(totalOf(counts))} (${named})`;
}
