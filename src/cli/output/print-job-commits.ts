import type { JobCommit } from '../../lake/job-commits.ts';
import { printJsonLine } from './json.ts';
import { dropsText, failedRulesText, noteText } from './print-commits.ts';
import { writeLine } from './stdout.ts';
import { renderTable } from './table.ts';
import { formatCount, formatDuration, formatInstant } from './units.ts';

/** `bronze history`. */
export async function printJobCommits(commits: readonly JobCommit[], json: boolean): Promise<void> {
  if (json) {
    for (const { timestampMs, ...commit } of commits) {
      await printJsonLine({ timestamp: new Date(timestampMs).toISOString(), ...commit });
    }
    return;
  }
  const right = { align: 'right' } as const;
  await writeLine(
    renderTable(
      [
        { title: 'time' },
        { title: 'topic' },
        { title: 'version', ...right },
        { title: 'rows', ...right },
        { title: 'dead letters', ...right },
        { title: 'dropped', optional: true },
        { title: 'failed rules', optional: true },
        { title: 'took', ...right },
        { title: 'what' },
      ],
      commits.map(({ timestampMs, note, version, metrics }) => [
        formatInstant(timestampMs),
        note.topic,
        String(version),
        metricText(metrics['numOutputRows'], formatCount),
        metricText(metrics['numDeadLetters'], formatCount),
        `${dropsText(note)}${heldText(metrics['numDuplicatesInTable'])}`,
        note.kind === 'batch' ? failedRulesText(note.ruleFailures) : '',
        metricText(metrics['durationMs'], formatDuration),
        noteText(note),
      ]),
    ),
  );
}

/** How many of the dropped duplicates were duplicates of rows that the table held. */
function heldText(duplicatesInTable: unknown): string {
  const count = Number(duplicatesInTable ?? 0);
  return count === 0 ? '' : ` (${formatCount(count)} in the table)`;
}

function metricText(metric: unknown, format: (value: number) => string): string {
  return metric === undefined ? '' : format(Number(metric));
}
