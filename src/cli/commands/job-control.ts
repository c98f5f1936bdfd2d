import { InvalidArgumentError, type Command } from 'commander';
import type { JobProgress } from '../../model/requests/job-progress.ts';
import type { JobClient } from '../../temporal/job-client.ts';
import { printMessage } from '../output/messages.ts';

interface ControlOptions {
  readonly json?: boolean;
}

interface ResetOptions extends ControlOptions {
  readonly to: string;
  readonly topics?: string;
  readonly rows: string;
}

type Act = (jobs: JobClient, workflowId: string) => Promise<JobProgress>;

export function registerStop(program: Command): void {
  control(program, 'stop', 'let the running micro-batches commit, then end the job', (jobs, id) => jobs.stop(id));
}

export function registerPause(program: Command): void {
  control(program, 'pause', 'let the running micro-batches commit, then rest', (jobs, id) => jobs.pause(id));
}

export function registerResume(program: Command): void {
  control(program, 'resume', 'go on after a pause, or after a defect was mended', (jobs, id) => jobs.resume(id));
}

export function registerStatus(program: Command): void {
  describe(program, 'status', 'show the lanes of a job, or of all jobs that run', ['', '--json'], '[job]').action(
    async (workflowId: string | undefined, options: ControlOptions) => {
      const statuses = await onJobs(async (jobs) => {
        const workflowIds = workflowId === undefined ? await jobs.running() : [workflowId];
        return Promise.all(workflowIds.map((id) => jobs.status(id)));
      });
      if (workflowId === undefined && statuses.length === 0 && options.json !== true) {
        printMessage('no job is running');
        return;
      }
      await print(options, statuses, workflowId === undefined);
    },
  );
}

export function registerReset(program: Command): void {
  describe(program, 'reset', 'move the positions of a running job', [
    '--to earliest --rows discard',
    '--to 2026-11-20T06:00:00Z --rows keep --topics trips,ratings',
    `--to '{"trips":{"0":1000,"1":"latest"}}' --rows discard`,
  ])
    .requiredOption('--to <position>', 'earliest, latest, a timestamp, or JSON per topic and partition')
    .requiredOption('--rows <policy>', 'keep: replay beside the old rows; discard: remove them first', rowsPolicy)
    .option('--topics <list>', 'topics, comma-separated (default: all of the job)')
    .action(async (workflowId: string, options: ResetOptions) => {
      const topics = options.topics === undefined ? {} : { topics: options.topics.split(',') };
      const payload = { to: options.to, rows: options.rows, ...topics };
      await print(options, [await onJobs((jobs) => jobs.reset(workflowId, payload))]);
    });
}

function control(program: Command, name: string, summary: string, act: Act): void {
  describe(program, name, summary, ['', '--json']).action(async (workflowId: string, options: ControlOptions) => {
    await print(options, [await onJobs((jobs) => act(jobs, workflowId))]);
  });
}

function describe(
  program: Command,
  name: string,
  summary: string,
  examples: readonly string[],
  argument = '<job>',
): Command {
  const lines = examples.map((example) => `  $ bronze ${name} rideshare-low-volume ${example}`.trimEnd());
  return program
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .argument(argument, 'workflow id of the job: its name, unless it was started under another')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Temporal's client is loaded by those who call it, and not for `--help`. */
async function onJobs<T>(use: (jobs: JobClient) => Promise<T>): Promise<T> {
  const { withJobs } = await import('../job-access.ts');
  return withJobs(use);
}

async function print(options: ControlOptions, jobs: readonly JobProgress[], asList = false): Promise<void> {
  const { renderJob } = await import('../output/job-table.ts');
  const { printJson } = await import('../output/json.ts');
  const { writeLine } = await import('../output/stdout.ts');
  await (options.json === true
    ? printJson(asList ? jobs : jobs[0])
    : writeLine(jobs.map((job) => renderJob(job)).join('\n\n')));
}

function rowsPolicy(value: string): string {
  if (value === 'keep' || value === 'discard') return value;
  throw new InvalidArgumentError('Expected keep or discard.');
}
