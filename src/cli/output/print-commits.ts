import type { TableCommit } from '../../lake/notes/table-history.ts';
import { addDrops, dropReasons, type Drops } from '../../model/batch/batch.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { listRuleFailures, type RuleFailures } from '../../model/batch/rule-failures.ts';
import { printJsonLine } from './json.ts';
import { printMessage } from './messages.ts';
import { writeLine } from './stdout.ts';
import { renderTable } from './table.ts';
import { visible } from './text-width.ts';
import { formatCount, formatInstant } from './units.ts';

/** `bronze table history`: newest first. */
export async function printCommits(commits: AsyncIterable<TableCommit>, limit: number, json: boolean): Promise<void> {
  const rows: string[][] = [];
  let printed = 0;
  for await (const commit of commits) {
    if (printed === limit) {
      if (!json) printMessage(`(the newest ${limit} versions; --limit shows more)`);
      break;
    }
    printed += 1;
    if (json) await printJsonLine(jsonForm(commit));
    else rows.push(rowOf(commit));
  }
  if (json) return;
  const right = { align: 'right' } as const;
  await writeLine(
    renderTable(
      [
        { title: 'version', ...right },
        { title: 'time' },
        { title: 'operation' },
        { title: 'rows', ...right },
        { title: 'dead letters', ...right },
        { title: 'drops', ...right },
        { title: 'what', cutFirst: true },
      ],
      rows,
    ),
  );
}

function jsonForm(commit: TableCommit): unknown {
  const { version, timestampMs, commitInfo } = commit;
  const { operation, engineInfo, operationMetrics, kafkaBronze } = commitInfo ?? {};
  const timestamp = new Date(timestampMs).toISOString();
  return { version, timestamp, operation, engineInfo, operationMetrics, kafkaBronze };
}

function rowOf(commit: TableCommit): string[] {
  const note = commit.note.kind === 'note' ? commit.note.note : undefined;
  const counts = note?.kind === 'batch' ? batchCounts(note) : undefined;
  return [
    String(commit.version),
    formatInstant(commit.timestampMs),
    commit.commitInfo?.operation ?? '',
    counts ? formatCount(counts.rows) : '',
    counts ? formatCount(counts.deadLetters) : '',
    counts ? formatCount(counts.drops) : '',
    note
      ? noteText(note)
      : commit.note.kind === 'unreadable'
        ? `unreadable note: ${commit.note.problem}`
        : (commit.commitInfo?.engineInfo ?? ''),
  ];
}

function batchCounts(note: Extract<CommitNote, { kind: 'batch' }>): {
  rows: number;
  deadLetters: number;
  drops: number;
} {
  const sum = { rows: 0, deadLetters: 0, drops: 0 };
  for (const range of note.ranges) {
    sum.rows += range.rows;
    sum.deadLetters += range.deadLetters;
    for (const count of Object.values(range.drops)) sum.drops += count;
  }
  return sum;
}

/** `3 failedRule, 1 tombstone`: what a batch dropped, by reason. */
export function dropsText(note: CommitNote): string {
  if (note.kind !== 'batch') return '';
  const drops = note.ranges.reduce<Drops>((sum, range) => addDrops(sum, range.drops), {});
  return dropReasons
    .flatMap((reason) => {
      const count = drops[reason];
      return count === undefined || count === 0 ? [] : [`${formatCount(count)} ${reason}`];
    })
    .join(', ');
}

/** `has id 1 (reject), small 2 (flag)`: the rules that records of a batch failed. */
export function failedRulesText(failures: RuleFailures = {}): string {
  return listRuleFailures(failures)
    .map(({ rule, action, records }) => `${visible(rule)} ${formatCount(records)} (${action})`)
    .join(', ');
}

/** What a commit of ours did, in few words. */
export function noteTitle(note: CommitNote): string {
  switch (note.kind) {
    case 'batch':
      return `batch ${note.batch}`;
    case 'outputBatch':
      return `${note.output}, batch ${note.batch}`;
    case 'lateRecords':
      return `late for ${note.output}, batch ${note.batch}`;
    case 'laneOpened':
      return `lane opened, epoch ${note.epoch}`;
    case 'deadLettersClaimed':
      return `first dead letters announced, epoch ${note.epoch}`;
    case 'reset':
      return `${note.cause === 'logEndsBefore' ? 'Kafka lost offsets; ' : ''}reset, rows ${note.rows}`;
  }
}

/** What a commit of ours did, in a line. */
export function noteText(note: CommitNote): string {
  const details = noteDetails(note);
  return details === '' ? noteTitle(note) : `${noteTitle(note)}: ${details}`;
}

function noteDetails(note: CommitNote): string {
  switch (note.kind) {
    case 'batch':
      return rangesText(note.ranges);
    case 'outputBatch': {
      const late = note.counts.late === 0 ? '' : `, ${formatCount(note.counts.late)} late`;
      const { aheadOfTime } = note.counts;
      const ahead = aheadOfTime === undefined ? '' : `, ${formatCount(aheadOfTime)} ahead of time`;
      return `${formatCount(note.counts.taken)} rows taken${late}${ahead}, ${formatCount(note.open)} open: ${rangesText(note.ranges)}`;
    }
    case 'lateRecords':
      return `${formatCount(note.records)} dead letters: ${rangesText(note.ranges)}`;
    case 'laneOpened':
      return note.starts.map(({ partition, offset }) => `${partition} from ${offset}`).join(', ');
    case 'deadLettersClaimed':
      return '';
    case 'reset':
      return note.moves.map(({ partition, from, to }) => `${partition} ${from} → ${to}`).join(', ');
  }
}

function rangesText(
  ranges: readonly { readonly partition: number; readonly startOffset: string; readonly endOffset: string }[],
): string {
  return ranges.map((range) => `${range.partition}[${range.startOffset}, ${range.endOffset})`).join(' ');
}
