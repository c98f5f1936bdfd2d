import type { Command } from 'commander';
import { lakeOption } from '../read-option.ts';

interface CleanupFlags {
  readonly lake: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `bronze table cleanup`: a log that does not grow without end. */
export function registerTableCleanup(table: Command): void {
  table
    .command('cleanup')
    .summary('delete the part of the log that is older than its retention')
    .description(
      "Deletes entries and checkpoints of the log that are older than the table's delta.logRetentionDuration (30 days unless it " +
        'is set), as far as a younger checkpoint stands for them; tables that set delta.enableExpiredLogCleanup to false keep ' +
        'theirs. No row is touched. What the entries say of Kafka offsets is kept in the folder _ledger of the table, so that ' +
        'bronze verify still proves them. Writes a checkpoint first where one is due.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option('--dry-run', 'only say what would be deleted')
    .option('--json', 'print one JSON document')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table cleanup bronze_gps_pings --dry-run
  $ bronze table cleanup bronze_gps_pings`,
    )
    .action(async (nameOrPath: string, flags: CleanupFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { cleanUpByName } = await import('../maintain-table.ts');
      const { renderCleanedUp } = await import('../output/print-maintenance.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { root } = await findTableOrJob(nameOrPath, flags.lake);
      const outcome = await cleanUpByName(root, flags);
      await (flags.json === true ? printJson(outcome) : writeLine(renderCleanedUp(outcome, flags.dryRun === true)));
    });
}
