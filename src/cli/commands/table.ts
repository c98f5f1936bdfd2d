import type { Command } from 'commander';
import type { TableVersion } from '../../lake/table/open-table.ts';
import { lakeOption, readCount, readTableVersion } from '../read-option.ts';
import { registerTableCheckpoint } from './table-checkpoint.ts';
import { registerTableCleanup } from './table-cleanup.ts';
import { registerTableCreate } from './table-create.ts';
import { registerTableDdl } from './table-ddl.ts';
import { registerTableOptimize } from './table-optimize.ts';
import { registerTableVacuum } from './table-vacuum.ts';

interface DescribeFlags {
  readonly lake: string;
  readonly at?: TableVersion;
  readonly json?: true;
}

interface HistoryFlags {
  readonly lake: string;
  readonly limit: number;
  readonly json?: true;
}

export function registerTable(program: Command): void {
  const table = program
    .command('table')
    .summary('describe, create and register tables, and keep them in shape')
    .description(
      'Tells what the Delta log of a table says; creates the tables of a job; prints DDL for catalogues; keeps tables in shape.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table describe bronze_gps_pings
  $ bronze table describe bronze_gps_pings --at 12 --json
  $ bronze table history bronze_gps_pings --limit 5
  $ bronze table create rideshare-low-volume --dry-run
  $ bronze table ddl bronze_gps_pings --dialect trino`,
    );
  registerTableCreate(table);
  registerTableDdl(table);
  registerTableOptimize(table);
  registerTableVacuum(table);
  registerTableCheckpoint(table);
  registerTableCleanup(table);
  table
    .command('describe')
    .summary('schema, files, properties and the offsets the table stands at')
    .description(
      'Prints schema, partition columns, files, size, rows, properties, and the offset of each topic partition.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option('--at <version|time>', 'as of that version or time (UTC)', readTableVersion)
    .option('--json', 'print one JSON document')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bronze table describe bronze_gps_pings\n  $ bronze table describe data/lake/dlq_gps_pings --json',
    )
    .action(async (nameOrPath: string, flags: DescribeFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { openTable } = await import('../../lake/table/open-table.ts');
      const { describeTable } = await import('../../lake/table/describe-table.ts');
      const { printDescription } = await import('../output/print-description.ts');
      const { printJson } = await import('../output/json.ts');
      const description = await describeTable(await openTable(await findTableOrJob(nameOrPath, flags.lake), flags.at));
      await (flags.json === true ? printJson(description) : printDescription(description));
    });
  table
    .command('history')
    .summary('the versions of a table, newest first')
    .description('Lists the versions of a table, newest first, with what each of our own commits ingested.')
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option('--limit <n>', 'no more versions than this', readCount, 20)
    .option('--json', 'print newline-delimited JSON: one object per version')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bronze table history bronze_gps_pings\n  $ bronze table history bronze_gps_pings --limit 1 --json',
    )
    .action(async (nameOrPath: string, flags: HistoryFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { openTable } = await import('../../lake/table/open-table.ts');
      const { tableHistory } = await import('../../lake/notes/table-history.ts');
      const { printCommits } = await import('../output/print-commits.ts');
      const commits = tableHistory(await openTable(await findTableOrJob(nameOrPath, flags.lake)));
      await printCommits(commits, flags.limit, flags.json === true);
    });
}
