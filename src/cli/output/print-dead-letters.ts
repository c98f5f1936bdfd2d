import type { DeadLetter, DeadLetterCount } from '../../lake/dead-letters.ts';
import { bytesText } from './cell-text.ts';
import { dataColors } from './messages.ts';
import { writeLine } from './stdout.ts';
import { outputWidth, renderTable } from './table.ts';
import { cutToWidth } from './text-width.ts';
import { formatCount } from './units.ts';

export async function printDeadLetterCounts(counts: readonly DeadLetterCount[]): Promise<void> {
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'table' },
    { title: 'topic' },
    { title: 'job' },
    { title: 'code' },
    { title: 'records', ...right },
    { title: 'sent again', ...right, optional: true },
    { title: 'newest' },
  ];
  const rows = counts.map(({ table, topic, job, code, records, replayed, newest }) => [
    table,
    topic,
    job,
    code,
    formatCount(records),
    replayed === 0 ? '' : formatCount(replayed),
    shortInstant(newest),
  ]);
  await writeLine(renderTable(columns, rows));
}

/** A record as a block of lines: what is wrong with it first, then what it was. */
export async function printDeadLetter(letter: DeadLetter, whole: boolean): Promise<void> {
  const { topic, partition, offset } = letter;
  const head = `${topic}/${partition} offset ${offset}`;
  await writeLine(`${dataColors.bold(head)}  ${dataColors.red(letter.error_code)}  ${letter.error_message}`);
  const facts: [string, string][] = [
    ['step', `${letter.step}, job ${letter.job}, batch ${letter.batch}`],
    ['times', timesOf(letter)],
    ...(letter.schema_id === null ? [] : ([['schema id', String(letter.schema_id)]] satisfies [string, string][])),
    ['key', bytesOrNull(letter.key)],
    ...letter.headers.map(({ key, value }): [string, string] => [
      'header',
      `${bytesOrNull(key)}: ${bytesOrNull(value)}`,
    ]),
    ['value', bytesOrNull(letter.value)],
  ];
  const width = whole ? 0 : outputWidth() || 200;
  for (const [name, text] of facts) {
    const line = `  ${name.padEnd(9)} ${text}`;
    await writeLine(width === 0 ? line : cutToWidth(line, width));
  }
}

function timesOf({ timestamp, dead_lettered_at: deadLetteredAt, replayed_at: replayedAt }: DeadLetter): string {
  const again = replayedAt === null ? '' : `, sent again ${replayedAt}`;
  return `record ${timestamp ?? 'none'}, dead letter ${deadLetteredAt}${again}`;
}

function bytesOrNull(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : bytes.length === 0 ? '(empty)' : bytesText(bytes);
}

function shortInstant(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}
