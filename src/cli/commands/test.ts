import type { Command } from 'commander';
import { exitCodes } from '../exit-code.ts';
import { jobsFolderOption } from '../read-option.ts';

interface TestFlags {
  readonly environment?: string;
  readonly jobsFolder: string;
  readonly json?: true;
}

const examples = `
Exit codes: 0 all passed, 1 a test failed, 2 a job or its tests are not in order.

Examples:
  $ bronze test
  $ bronze test api-usage-events
  $ bronze test ./my-job.yaml --json | jq '.[].results[] | select(.passed | not)'`;

/** `bronze test`: the tests of job files, through the pipeline as it runs in production. */
export function registerTest(program: Command): void {
  program
    .command('test')
    .summary('run the tests that job files hold, without any server')
    .description(
      'Runs the records of the tests in job files through the whole pipeline, down to Parquet files in a temporary ' +
        'folder, and compares rows, dead letters, drops and the rows of outputs with what the tests expect. Needs no server.',
    )
    .argument('[jobs...]', 'jobs by name, or by the path of their file (default: all in the jobs folder)')
    .option('-e, --environment <name>', "with this overlay from the job file's environments")
    .addOption(jobsFolderOption())
    .option('--json', 'print one JSON document: a list with the results of each job')
    .addHelpText('after', examples)
    .action(async (jobs: string[], flags: TestFlags) => {
      const { testJobs } = await import('../test-jobs.ts');
      const { renderTestReport, renderTotals } = await import('../output/print-test-report.ts');
      const { interruptSignal } = await import('../interrupt.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { jobsFolder, environment } = flags;
      const reports = [];
      const options = { jobsFolder, environment, env: process.env, signal: interruptSignal() };
      for await (const report of testJobs(jobs, options)) {
        reports.push(report);
        if (flags.json !== true) await writeLine(renderTestReport(report));
      }
      if (flags.json === true) await printJson(reports.map(({ problems, ...report }) => ({ ...report, problems })));
      else await writeLine(renderTotals(reports));
      if (reports.some(({ problems }) => problems.length > 0)) process.exitCode = exitCodes.badInput;
      else if (reports.some(({ results }) => results.some(({ passed }) => !passed)))
        process.exitCode = exitCodes.failed;
    });
}
