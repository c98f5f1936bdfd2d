import { Option, type Command } from 'commander';
import { ddlDialects, type DdlDialect } from '../../lake/table/table-ddl.ts';
import { lakeOption } from '../read-option.ts';

interface DdlFlags {
  readonly lake: string;
  readonly dialect: DdlDialect;
  readonly name?: string;
  readonly schema?: string;
}

/** `bronze table ddl`: how a catalogue or an engine gets to know a table. */
export function registerTableDdl(table: Command): void {
  table
    .command('ddl')
    .summary('print the statement that registers a table in a catalogue')
    .description(
      'Prints the statement that makes a table known to another engine, or to the catalogue that the engine uses (Unity, ' +
        'Glue, Hive). The columns are read from the Delta log there.',
    )
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic')
    .addOption(new Option('--dialect <engine>', 'whose SQL').choices(ddlDialects).default('spark'))
    .option('--name <name>', 'what the table is called there (default: its name here)')
    .option('--schema <name>', 'schema (database) of the catalogue')
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table ddl bronze_gps_pings
  $ bronze table ddl bronze_gps_pings --dialect trino --schema bronze --name gps_pings`,
    )
    .action(async (nameOrPath: string, flags: DdlFlags) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { openTable } = await import('../../lake/table/open-table.ts');
      const { registrationDdl } = await import('../../lake/table/table-ddl.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { root, store } = await openTable(await findTableOrJob(nameOrPath, flags.lake));
      const name = flags.name ?? root.split('/').at(-1) ?? nameOrPath;
      await writeLine(registrationDdl(flags.dialect, { name, root: store.root, catalogSchema: flags.schema }));
    });
}
