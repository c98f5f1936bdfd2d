import type { Command } from 'commander';
import { exitCodes } from '../exit-code.ts';
import { jobsFolderOption } from '../read-option.ts';

interface ValidateFlags {
  readonly environment?: string;
  readonly jobsFolder: string;
  readonly json?: true;
}

const examples = `
Examples:
  $ bronze validate
  $ bronze validate api-usage-events --environment prod
  $ bronze validate ./my-job.yaml --json`;

/** `bronze validate`: says of each job whether it is in order, and if not, everything that is wrong with it. */
export function registerValidate(program: Command): void {
  program
    .command('validate')
    .summary('check job files')
    .description(
      'Checks job files and says everything that is wrong with them, with line and column. Needs no server. ' +
        'Without --environment a job is checked alone and in each of its environments.',
    )
    .argument('[jobs...]', 'jobs by name, or by the path of their file (default: all in the jobs folder)')
    .option('-e, --environment <name>', "only with this overlay from the job file's environments")
    .addOption(jobsFolderOption())
    .option('--json', 'print one JSON document: a list with a verdict per job, and the job as it would run')
    .addHelpText('after', examples)
    .action(async (jobs: string[], flags: ValidateFlags) => {
      const { validateJobs } = await import('../validate-jobs.ts');
      const { renderVerdicts, verdictsAsJson } = await import('../output/print-verdicts.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { jobsFolder, environment } = flags;
      const reports = await validateJobs(jobs, {
        jobsFolder,
        env: process.env,
        ...(environment === undefined ? {} : { environment }),
      });
      if (flags.json === true) await printJson(verdictsAsJson(reports));
      else await writeLine(renderVerdicts(reports));
      if (reports.some(({ spec }) => spec === undefined)) process.exitCode = exitCodes.badInput;
    });
}
