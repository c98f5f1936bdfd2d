import type { Command } from 'commander';
import { registerMaintenance } from './maintenance-command.ts';

/** `bronze table checkpoint`: a log that is quick to read. */
export function registerTableCheckpoint(table: Command): void {
  registerMaintenance(table, {
    name: 'checkpoint',
    summary: 'write a checkpoint of the log',
    description:
      'Writes a checkpoint of the newest version, which spares readers the entries before it. Workers do so by themselves ' +
      'every delta.checkpointInterval commits (10); this is for tables that others fill, or before a table is handed over.',
    document: ': version, files and bytes, or null where the version has a checkpoint',
    examples: ['bronze_gps_pings'],
    load: async () => {
      const { checkpointByName } = await import('../maintain-table.ts');
      const { renderCheckpoint } = await import('../output/print-maintenance.ts');
      return { run: checkpointByName, render: renderCheckpoint };
    },
  });
}
