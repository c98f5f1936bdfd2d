import type { Command } from 'commander';
import { lakeOption, readCount } from '../read-option.ts';

interface TailFlags {
  readonly lake: string;
  readonly lines: number;
  readonly follow?: true;
  readonly where?: string;
  readonly json?: true;
}

const pollIntervalMs = 500;

export function registerTail(program: Command): void {
  program
    .command('tail')
    .summary('show the newest rows of a table, or follow it')
    .description('Shows the newest rows of a table: by when they were ingested, then by timestamp and offset.')
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option('-n, --lines <n>', 'how many rows; while following, at most so many per look', readCount, 10)
    .option('-f, --follow', 'go on and show the rows of new commits as they come')
    .option('--where <sql>', 'only rows for which this SQL condition holds')
    .option('--json', 'print newline-delimited JSON: one object per row')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze tail bronze_gps_pings
  $ bronze tail bronze_gps_pings --follow --where "_kafka_partition = 3"
  $ bronze tail api-usage-events -n 100 --json | jq .tenant_id`,
    )
    .action(async (nameOrPath: string, flags: TailFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { openTable } = await import('../../lake/open-table.ts');
      const { followRows, newestRows } = await import('../../lake/newest-rows.ts');
      const { printTailBlock } = await import('../output/print-tail-block.ts');
      const { waitUnlessInterrupted } = await import('../interrupt.ts');
      const table = await openTable(await findTableOrJob(nameOrPath, flags.lake));
      const options = { limit: flags.lines, ...(flags.where === undefined ? {} : { where: flags.where }) };
      const json = flags.json === true;
      await printTailBlock(await newestRows(table, options), json);
      if (flags.follow !== true) return;
      for await (const block of followRows(table, options, waitUnlessInterrupted(pollIntervalMs))) {
        await printTailBlock(block, json);
      }
    });
}
