import { Option, type Command } from 'commander';
import { readDuration } from '../read-option.ts';
import { registerMaintenance } from './maintenance-command.ts';

/** `bronze table vacuum`: what no version that is kept needs goes. */
export function registerTableVacuum(table: Command): void {
  registerMaintenance(table, {
    name: 'vacuum',
    summary: 'delete files that belong to the table no more',
    description:
      'Deletes files that left the table, or never came into it, longer ago than the retention. Files of versions that are ' +
      'younger stay, and so do those of micro-batches that wait for their commit.',
    options: [
      new Option(
        '--retention <duration>',
        "instead of the table's delta.deletedFileRetentionDuration (7 days unless it is set)",
      ).argParser(readDuration),
      new Option('--below-table-retention', 'take a retention that is shorter than that of the table'),
      new Option('--dry-run', 'only say what would be deleted'),
    ],
    examples: ['bronze_gps_pings --dry-run', "bronze_gps_pings --retention '14 days'"],
    load: async () => {
      const { vacuumByName } = await import('../maintain-table.ts');
      const { renderVacuumed } = await import('../output/print-maintenance.ts');
      return { run: vacuumByName, render: renderVacuumed };
    },
  });
}
