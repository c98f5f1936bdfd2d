import { Option, type Command } from 'commander';
import { lakeOption, readByteSize } from '../read-option.ts';

interface OptimizeFlags {
  readonly lake: string;
  readonly targetFileSize: number;
  readonly sortBy?: string[];
  readonly zOrderBy?: string[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** `bronze table optimize`: fewer, larger files. */
export function registerTableOptimize(table: Command): void {
  table
    .command('optimize')
    .summary('join small files')
    .description(
      'Joins the small files of each partition value into files of about the target size, one commit at a time and without ' +
        'changing a row. It runs beside ingestion and other writers: who removes one of the files meanwhile wins, and the ' +
        'files are joined another time. The old files stay for readers of older versions until they are vacuumed.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .addOption(
      new Option('--target-file-size <size>', 'files above half of it stay as they are')
        .argParser(readByteSize)
        .default(128 * 1024 * 1024, '128 MiB'),
    )
    .option('--sort-by <column...>', 'order the rows, so that readers skip more files')
    .option('--z-order-by <column...>', 'the same for filters on any of several columns')
    .option('--dry-run', 'only say what would be joined')
    .option('--json', 'print one JSON document')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table optimize bronze_gps_pings
  $ bronze table optimize bronze_gps_pings --target-file-size 256MiB --sort-by _kafka_timestamp
  $ bronze table optimize api_usage_events --z-order-by tenant_id event_timestamp --dry-run`,
    )
    .action(async (nameOrPath: string, flags: OptimizeFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { optimizeByName } = await import('../maintain-table.ts');
      const { renderOptimized } = await import('../output/print-maintenance.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { root } = await findTableOrJob(nameOrPath, flags.lake);
      const outcome = await optimizeByName(root, flags);
      await (flags.json === true ? printJson(outcome) : writeLine(renderOptimized(outcome, flags.dryRun === true)));
    });
}
