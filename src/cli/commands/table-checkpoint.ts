import type { Command } from 'commander';
import { lakeOption } from '../read-option.ts';

interface CheckpointFlags {
  readonly lake: string;
  readonly json?: true;
}

/** `bronze table checkpoint`: a log that is quick to read. */
export function registerTableCheckpoint(table: Command): void {
  table
    .command('checkpoint')
    .summary('write a checkpoint of the log')
    .description(
      'Writes a checkpoint of the newest version, which spares readers the entries before it. Workers do so by themselves ' +
        'every delta.checkpointInterval commits (10); this is for tables that others fill, or before a table is handed over.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .option('--json', 'print one JSON document: version, files and bytes, or null where the version has a checkpoint')
    .addOption(lakeOption())
    .addHelpText('after', '\nExamples:\n  $ bronze table checkpoint bronze_gps_pings')
    .action(async (nameOrPath: string, flags: CheckpointFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { checkpointByName } = await import('../maintain-table.ts');
      const { renderCheckpoint } = await import('../output/print-maintenance.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { root } = await findTableOrJob(nameOrPath, flags.lake);
      const written = await checkpointByName(root);
      await (flags.json === true ? printJson(written ?? null) : writeLine(renderCheckpoint(written)));
    });
}
