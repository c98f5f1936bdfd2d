import type { Command } from 'commander';
import { BronzeError } from '../../errors.ts';
import { defaultTaskQueue } from '../../temporal/task-queue.ts';
import { jobArgument, jobsFolderOption } from '../read-option.ts';

interface StartOptions {
  readonly environment?: string;
  readonly jobsFolder: string;
  readonly taskQueue: string;
  readonly workflowId?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
  readonly kafkaBrokers?: string;
  readonly kafkaTopic?: string;
  readonly checkpointPath?: string;
  readonly outputPath?: string;
  readonly dlqPath?: string;
  readonly triggerInterval?: string;
  readonly startingOffsets?: string;
  readonly maxOffsetsPerTrigger?: string;
  readonly withMetrics?: boolean;
}

const examples = `
Examples:
  $ bronze start rideshare-high-volume
  $ bronze start api-usage-events --environment prod
  $ bronze start ./my-job.yaml --trigger-interval availableNow --wait
  $ bronze start api-usage-events --kafka-brokers kafka-1:9092,kafka-2:9092 \\
      --output-path /lake/api_usage_events --dlq-path /lake/api_usage_events_dlq \\
      --trigger-interval "1 minute" --with-metrics
  $ bronze start api-usage-events --starting-offsets '{"api-usage-events.v1":{"0":1000,"1":1000}}'
  $ temporal workflow start --task-queue bronze --type ingestionJob \\
      --workflow-id gps --input '"rideshare-high-volume"'`;

/** `bronze start <job>`: checks the job here, then starts its workflow. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .summary('start a job')
    .description('Starts a job as a Temporal workflow. A worker ("bronze worker", or "npm start") does the work.')
    .argument('<job>', jobArgument)
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .option('--kafka-brokers <list>', 'brokers, comma-separated')
    .option('--kafka-topic <topic>', 'topic to read')
    .option('--output-path <path>', 'table to write')
    .option('--dlq-path <path>', 'dead-letter table')
    .option('--checkpoint-path <path>', 'where offsets are mirrored for people')
    .option('--trigger-interval <duration>', 'such as "10 seconds", or availableNow')
    .option('--starting-offsets <position>', 'earliest, latest, a timestamp, or JSON per topic and partition')
    .option('--max-offsets-per-trigger <count>', 'upper bound of one micro-batch')
    .option('--with-metrics', 'log totals of every batch')
    .option('--workflow-id <id>', "workflow id (default: the job's name)")
    .option('--task-queue <name>', 'task queue of the worker', defaultTaskQueue)
    .addOption(jobsFolderOption('folder of the job files, here and at the worker'))
    .option('--wait', 'wait for the end of a job that ends by itself (availableNow)')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(start);
}

async function start(job: string, options: StartOptions): Promise<void> {
  const { startInput } = await import('../start-input.ts');
  const { withJobs } = await import('../job-access.ts');
  const { renderJob } = await import('../output/job-table.ts');
  const { printJson } = await import('../output/json.ts');
  const { printMessage } = await import('../output/messages.ts');
  const { writeLine } = await import('../output/stdout.ts');
  const { input, spec } = await startInput(job, options);
  const workflowId = options.workflowId ?? spec.name;
  if (options.wait === true && spec.trigger.kind !== 'availableNow') {
    throw new BronzeError('USAGE', `--wait needs a job that ends by itself; add --trigger-interval availableNow`);
  }
  await withJobs(async (jobs) => {
    const started = await jobs.start(input, { workflowId, taskQueue: options.taskQueue });
    if (options.wait === true) printMessage(`started ${started.workflowId}; waiting for its end`);
    else if (options.json === true) await printJson(started);
    else await writeLine(`started ${started.workflowId} (run ${started.runId}) on task queue ${options.taskQueue}`);
    if (!(await jobs.hasWorker(options.taskQueue))) {
      printMessage('no worker has looked at this task queue yet: start one with "bronze worker"');
    }
    if (options.wait !== true) return;
    const result = await jobs.result(workflowId);
    await (options.json === true ? printJson(result) : writeLine(renderJob(result)));
  });
}
