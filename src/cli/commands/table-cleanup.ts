import { Option, type Command } from 'commander';
import { registerMaintenance } from './maintenance-command.ts';

/** `bronze table cleanup`: a log that does not grow without end. */
export function registerTableCleanup(table: Command): void {
  registerMaintenance(table, {
    name: 'cleanup',
    summary: 'delete the part of the log that is older than its retention',
    description:
      "Deletes entries and checkpoints of the log that are older than the table's delta.logRetentionDuration (30 days unless it " +
      'is set), as far as a younger checkpoint stands for them; tables that set delta.enableExpiredLogCleanup to false keep ' +
      'theirs. No row is touched. What the entries say of Kafka offsets is kept in the folder _ledger of the table, so that ' +
      'bronze verify still proves them. Writes a checkpoint first where one is due.',
    options: [new Option('--dry-run', 'only say what would be deleted')],
    examples: ['bronze_gps_pings --dry-run', 'bronze_gps_pings'],
    load: async () => {
      const { cleanUpByName } = await import('../maintain-table.ts');
      const { renderCleanedUp } = await import('../output/print-maintenance.ts');
      return { run: cleanUpByName, render: renderCleanedUp };
    },
  });
}
