import type { Command } from 'commander';
import { jobArgument, jobsFolderOption } from '../read-option.ts';

interface CreateFlags {
  readonly topic?: string[];
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `bronze table create`: the tables of a job, before its first batch. */
export function registerTableCreate(table: Command): void {
  table
    .command('create')
    .summary('create the tables of a job')
    .description(
      'Creates the tables that a job writes to, with its columns, partition columns and properties. A table that is there ' +
        'already has to fit. A job that starts creates its tables by itself; this is for those who want to see, register or ' +
        'share them before.',
    )
    .argument('<job>', jobArgument)
    .option('--topic <topic...>', 'only the tables of these topics')
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .addOption(jobsFolderOption())
    .option('--dry-run', 'create nothing: print the DDL in the SQL of Spark, and the actions of the log entry')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze table create rideshare-low-volume --dry-run
  $ bronze table create ./my-job.yaml --topic trips`,
    )
    .action(async (job: string, flags: CreateFlags) => {
      const { loadPinnedJobSpec } = await import('../load-job-spec.ts');
      const { planTables, createTables } = await import('../create-tables.ts');
      const { printCreatedTables, printPlannedTables } = await import('../output/print-created-tables.ts');
      const { printJson } = await import('../output/json.ts');
      const plans = planTables(await loadPinnedJobSpec(job, flags), flags.topic);
      if (flags.dryRun === true) {
        const described = plans.map(({ root, ddl, actions }) => ({ root, ddl, actions }));
        return flags.json === true ? printJson(described) : printPlannedTables(described);
      }
      const created = await createTables(plans);
      return flags.json === true ? printJson(created) : printCreatedTables(created);
    });
}
