import { InvalidArgumentError, type Command } from 'commander';
import { lakeOption, readCount } from '../read-option.ts';
import { registerDlqReplay } from './dlq-replay.ts';

interface ListFlags {
  readonly lake: string;
  readonly json?: true;
}

interface ShowFlags extends ListFlags {
  readonly code?: string;
  readonly partition?: number;
  readonly offset?: bigint;
  readonly limit: number;
  readonly whole?: true;
}

export function registerDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .summary('list dead-letter tables, show their records, send them again')
    .description('Looks at records that could not become rows. Dead letters are Delta tables: query works on them too.')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze dlq list
  $ bronze dlq show dlq_gps_pings --code INVALID_JSON --limit 3
  $ bronze dlq replay rideshare-high-volume --dry-run
  $ bronze query "select error_code, count(*) from dlq_gps_pings group by all"`,
    );
  dlq
    .command('list')
    .summary('the dead-letter tables of the lake, with counts by code')
    .description('Lists the dead-letter tables of the lake: records by topic, job and code, and the newest of each.')
    .option('--json', 'print one JSON document: a list')
    .addOption(lakeOption())
    .addHelpText('after', '\nExamples:\n  $ bronze dlq list\n  $ bronze dlq list --json | jq "map(.records) | add"')
    .action(async (flags: ListFlags) => {
      const { countDeadLetters } = await import('../../lake/dead-letters.ts');
      const { printDeadLetterCounts } = await import('../output/print-dead-letters.ts');
      const { printJson } = await import('../output/json.ts');
      const { printMessage } = await import('../output/messages.ts');
      const counts = await countDeadLetters(flags.lake);
      if (flags.json === true) await printJson(counts);
      else if (counts.length === 0) printMessage(`no dead letters in ${flags.lake}`);
      else await printDeadLetterCounts(counts);
    });
  dlq
    .command('show')
    .summary('records of a dead-letter table, newest first')
    .description(
      'Shows records of a dead-letter table, newest first: coordinates, code, message, key, headers and value, as text ' +
        'where the bytes are UTF-8, else as hex.',
    )
    .argument(
      '<table>',
      'a dead-letter table by name or path; or a topic, a data table or a job whose dead letters are meant',
    )
    .option('--code <code>', 'only this error code')
    .option('--partition <n>', 'only this topic partition', readCount)
    .option('--offset <n>', 'only this offset', readOffset)
    .option('--limit <n>', 'no more records than this', readCount, 10)
    .option('--whole', 'do not cut long lines')
    .option('--json', 'print newline-delimited JSON; key, value and headers as base64')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze dlq show gps_pings
  $ bronze dlq show dlq_gps_pings --code INVALID_JSON --limit 3
  $ bronze dlq show dlq_gps_pings --partition 2 --offset 1041 --whole
  $ bronze dlq show dlq_gps_pings --json | jq -r '.value | @base64d'`,
    )
    .action(async (name: string, flags: ShowFlags) => {
      const { findDeadLetters, readDeadLetters } = await import('../../lake/dead-letters.ts');
      const { printDeadLetter } = await import('../output/print-dead-letters.ts');
      const { printJsonLine } = await import('../output/json.ts');
      const { printMessage } = await import('../output/messages.ts');
      const letters = await readDeadLetters(await findDeadLetters(name, flags.lake), flags);
      for (const letter of letters) {
        await (flags.json === true ? printJsonLine(letter) : printDeadLetter(letter, flags.whole === true));
      }
      if (letters.length === 0) printMessage('no such dead letters');
    });
  registerDlqReplay(dlq);
}

function readOffset(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is expected.');
  return BigInt(text);
}
