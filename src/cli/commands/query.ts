import { Option, type Command } from 'commander';
import type { TableVersion } from '../../lake/table/open-table.ts';
import { lakeOption, readCount, readTableVersion } from '../read-option.ts';

interface QueryFlags {
  readonly lake: string;
  readonly at?: TableVersion;
  readonly limit?: number;
  readonly json?: true;
  readonly csv?: true;
}

export function registerQuery(program: Command): void {
  program
    .command('query')
    .summary('run SQL over the tables of the lake')
    .description('Runs SQL (DuckDB) over the tables of the lake, each by its name or by its path in quotes.')
    .argument('<sql>', 'the SQL; - reads it from stdin')
    .option('--at <version|time>', 'all tables as of that version or time (UTC)', readTableVersion)
    .option('--limit <n>', 'print no more rows than this (default: 100 in a table, all else)', readCount)
    .option('--json', 'print newline-delimited JSON: one object per row')
    .addOption(new Option('--csv', 'print CSV with a header').conflicts('json'))
    .addOption(lakeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze query "select count(*) from bronze_gps_pings"
  $ bronze query "select tenant_id, count(*) n from api_usage_events group by all order by n desc" --at 12
  $ bronze query "select * from 'data/lake/bronze_gps_pings' limit 5" --json | jq .
  $ bronze query "describe bronze_gps_pings"
  $ echo "select 42" | bronze query - --csv`,
    )
    .action(async (sql: string, flags: QueryFlags) => {
      const { runQuery } = await import('../../lake/query/query.ts');
      const { printRows } = await import('../output/print-rows.ts');
      const { text } = await import('node:stream/consumers');
      await runQuery(
        sql === '-' ? await text(process.stdin) : sql,
        { lake: flags.lake, ...(flags.at ? { at: flags.at } : {}) },
        async (result) =>
          printRows(result, {
            format: flags.json ? 'json' : flags.csv ? 'csv' : 'table',
            ...(flags.limit === undefined ? {} : { limit: flags.limit }),
          }),
      );
    });
}
