import type { Command } from 'commander';
import { printMessage } from '../output/messages.ts';
import { jobArgument, jobsFolderOption, readCount } from '../read-option.ts';

interface HistoryFlags {
  readonly limit: number;
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly offsets?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ bronze history rideshare-low-volume
  $ bronze history rideshare-high-volume --offsets
  $ bronze history api-usage-events --limit 5 --json`;

/** `bronze history <job>`: read from the tables' logs, so it needs no server and forgets nothing that they keep. */
export function registerHistory(program: Command): void {
  program
    .command('history')
    .summary('list the micro-batches of a job, newest first')
    .description('Lists what a job has committed, over the tables of its rows, newest first: read from the Delta logs.')
    .argument('<job>', jobArgument)
    .option('--limit <n>', 'so many commits', readCount, 20)
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .addOption(jobsFolderOption())
    .option('--offsets', 'show the offsets of every topic partition')
    .option('--json', 'print one JSON document per commit')
    .addHelpText('after', examples)
    .action(async (job: string, flags: HistoryFlags) => {
      const { loadJobSpec } = await import('../load-job-spec.ts');
      const { jobCommits } = await import('../../lake/notes/job-commits.ts');
      const { printJobCommits } = await import('../output/print-job-commits.ts');
      const commits = await jobCommits(await loadJobSpec(job, flags), flags.limit);
      if (commits.length === 0) printMessage(`no commit of the job ${job} yet`);
      else await printJobCommits(commits, { offsets: flags.offsets === true, json: flags.json === true });
    });
}
