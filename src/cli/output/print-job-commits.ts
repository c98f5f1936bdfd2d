import type { JobCommit } from '../../lake/notes/job-commits.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { printJsonLine } from './json.ts';
import { dropsText, failedRulesText, noteText, noteTitle } from './print-commits.ts';
import { writeLine } from './stdout.ts';
import { renderTable } from './table.ts';
import { formatCount, formatDuration, formatInstant } from './units.ts';

interface JobCommitOptions {
  /** Whole notes, with the offsets of every topic partition. */
  readonly offsets: boolean;
  /** Columns of the terminal; that of stdout unless it is given. */
  readonly maxWidth?: number;
}

/** `bronze history`. */
export async function printJobCommits(
  commits: readonly JobCommit[],
  options: JobCommitOptions & { readonly json: boolean },
): Promise<void> {
  if (!options.json) {
    await writeLine(renderJobCommits(commits, options));
    return;
  }
  for (const { timestampMs, ...commit } of commits) {
    await printJsonLine({ timestamp: new Date(timestampMs).toISOString(), ...commit });
  }
}

/** Commits as a table that fits 80 columns where names and counts are of usual length. */
export function renderJobCommits(
  commits: readonly JobCommit[],
  { offsets, ...tableOptions }: JobCommitOptions,
): string {
  const right = { align: 'right' } as const;
  const hasOneTopic = new Set(commits.map(({ note }) => note.topic)).size === 1;
  return renderTable(
    [
      { title: 'time' },
      { title: 'topic', optional: true },
      { title: 'version', ...right },
      { title: 'rows', ...right },
      { title: 'dead', ...right },
      { title: 'took', ...right },
      { title: 'what', cutFirst: true },
    ],
    commits.map(({ timestampMs, note, version, metrics }) => [
      formatInstant(timestampMs),
      hasOneTopic ? '' : note.topic,
      String(version),
      metricText(metrics['numOutputRows'], formatCount),
      metricText(metrics['numDeadLetters'], formatCount),
      metricText(metrics['durationMs'], formatDuration),
      [offsets ? noteText(note) : noteTitle(note), ...losses(note, metrics['numDuplicatesInTable'])].join('; '),
    ]),
    tableOptions,
  );
}

/** What a batch dropped, and which rules its records failed. */
function losses(note: CommitNote, duplicatesInTable: unknown): readonly string[] {
  if (note.kind !== 'batch') return [];
  const dropped = `${dropsText(note)}${heldText(duplicatesInTable)}`;
  const failed = failedRulesText(note.ruleFailures);
  return [...(dropped === '' ? [] : [`dropped ${dropped}`]), ...(failed === '' ? [] : [`failed ${failed}`])];
}

/** How many of the dropped duplicates were duplicates of rows that the table held. */
function heldText(duplicatesInTable: unknown): string {
  const count = Number(duplicatesInTable ?? 0);
  return count === 0 ? '' : ` (${formatCount(count)} in the table)`;
}

function metricText(metric: unknown, format: (value: number) => string): string {
  return metric === undefined ? '' : format(Number(metric));
}
