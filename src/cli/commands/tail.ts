import type { Command } from 'commander';
import { jobsFolderOption, lakeOption, readCount } from '../read-option.ts';

interface TailFlags {
  readonly lake: string;
  readonly lines: number;
  readonly follow?: true;
  readonly where?: string;
  readonly json?: true;
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly kafkaTopic?: string;
  readonly outputPath?: string;
  readonly dlqPath?: string;
}

const pollIntervalMs = 500;

export function registerTail(program: Command): void {
  program
    .command('tail')
    .summary('show the newest rows of a table, or of all tables of a job, or follow them')
    .description(
      'Shows the newest rows of a table, or of every table of a job: by when they were ingested, then by timestamp and ' +
        'offset. It reads what is committed, so the job does not notice.',
    )
    .argument('<table-or-job>', 'a table of the lake by name or path, or a job')
    .option('-n, --lines <n>', 'how many rows of each table; while following, of each commit', readCount, 10)
    .option('-f, --follow', 'go on and show what new commits add, change and take away, as they come')
    .option('--where <sql>', 'only rows for which this SQL condition holds')
    .option('--json', 'print newline-delimited JSON: one object per row')
    .addOption(lakeOption())
    .option('-e, --environment <name>', "of a job: overlay from its file's environments")
    .option('--kafka-topic <topic>', 'of a job: topic, as given to start')
    .option('--output-path <path>', 'of a job: table, as given to start')
    .option('--dlq-path <path>', 'of a job: dead-letter table, as given to start')
    .addOption(jobsFolderOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze tail bronze_gps_pings
  $ bronze tail bronze_gps_pings --follow --where "_kafka_partition = 3"
  $ bronze tail rideshare-low-volume --follow -n 3
  $ bronze tail api_usage_events -n 100 --json | jq .tenant_id`,
    )
    .action(async (nameOrPath: string, flags: TailFlags) => {
      const { findTailed } = await import('../find-tailed.ts');
      const { tailTables } = await import('../../lake/tail/tail-tables.ts');
      const { printTailEvent } = await import('../output/print-tail.ts');
      const { printMessage } = await import('../output/messages.ts');
      const { waitUnlessInterrupted } = await import('../interrupt.ts');
      const tailed = await findTailed(nameOrPath, flags);
      const follows = flags.follow === true;
      const events = tailTables({
        tables: tailed.tables,
        limit: flags.lines,
        ...(flags.where === undefined ? {} : { where: flags.where }),
        wait: follows ? waitUnlessInterrupted(pollIntervalMs) : () => Promise.resolve(false),
      });
      const format = { json: flags.json === true, namesTables: tailed.isJob };
      let shown = 0;
      for await (const event of events) {
        await printTailEvent(event, format);
        shown += 1;
      }
      if (shown === 0 && !follows) printMessage(`no table of the job ${nameOrPath} yet`);
    });
}
