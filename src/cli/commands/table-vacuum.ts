import type { Command } from 'commander';
import { lakeOption, readDuration } from '../read-option.ts';

interface VacuumFlags {
  readonly lake: string;
  readonly retention?: number;
  readonly belowTableRetention?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `bronze table vacuum`: what no version that is kept needs goes. */
export function registerTableVacuum(table: Command): void {
  table
    .command('vacuum')
    .summary('delete files that belong to the table no more')
    .description(
      'Deletes files that left the table, or never came into it, longer ago than the retention. Files of versions that are ' +
        'younger stay, and so do those of micro-batches that wait for their commit.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option(
      '--retention <duration>',
      "instead of the table's delta.deletedFileRetentionDuration (7 days unless it is set)",
      readDuration,
    )
    .option('--below-table-retention', 'take a retention that is shorter than that of the table')
    .option('--dry-run', 'only say what would be deleted')
    .option('--json', 'print one JSON document')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table vacuum bronze_gps_pings --dry-run
  $ bronze table vacuum bronze_gps_pings --retention '14 days'`,
    )
    .action(async (nameOrPath: string, flags: VacuumFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { vacuumByName } = await import('../maintain-table.ts');
      const { renderVacuumed } = await import('../output/print-maintenance.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { root } = await findTableOrJob(nameOrPath, flags.lake);
      const outcome = await vacuumByName(root, flags);
      await (flags.json === true ? printJson(outcome) : writeLine(renderVacuumed(outcome, flags.dryRun === true)));
    });
}
