import { Option, type Command } from 'commander';
import { readByteSize } from '../read-option.ts';
import { registerMaintenance } from './maintenance-command.ts';

/** `bronze table optimize`: fewer, larger files. */
export function registerTableOptimize(table: Command): void {
  registerMaintenance(table, {
    name: 'optimize',
    summary: 'join small files',
    description:
      'Joins the small files of each partition value into files of about the target size, one commit at a time and without ' +
      'changing a row. It runs beside ingestion and other writers: who removes one of the files meanwhile wins, and the ' +
      'files are joined another time. The old files stay for readers of older versions until they are vacuumed.',
    options: [
      new Option('--target-file-size <size>', 'files above half of it stay as they are')
        .argParser(readByteSize)
        .default(128 * 1024 * 1024, '128 MiB'),
      new Option('--sort-by <column...>', 'order the rows, so that readers skip more files'),
      new Option('--z-order-by <column...>', 'the same for filters on any of several columns'),
      new Option('--dry-run', 'only say what would be joined'),
    ],
    examples: [
      'bronze_gps_pings',
      'bronze_gps_pings --target-file-size 256MiB --sort-by _kafka_timestamp',
      'api_usage_events --z-order-by tenant_id event_timestamp --dry-run',
    ],
    load: async () => {
      const { optimizeByName } = await import('../maintain-table.ts');
      const { renderOptimized } = await import('../output/print-maintenance.ts');
      return { run: optimizeByName, render: renderOptimized };
    },
  });
}
