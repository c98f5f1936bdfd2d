import type { Command } from 'commander';
import { jobArgument, jobsFolderOption, readCount } from '../read-option.ts';

interface DryRunFlags {
  readonly records: number;
  readonly sample: number;
  readonly topic?: string[];
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly kafkaBrokers?: string;
  readonly kafkaTopic?: string;
  readonly json?: true;
}

/** `bronze dry-run`: what a job would make of the records that Kafka holds now. */
export function registerDryRun(program: Command): void {
  program
    .command('dry-run')
    .summary('run the newest records through a job without committing anything')
    .description(
      "Reads the newest records of each topic partition and runs them through the job's whole pipeline: how many become " +
        'rows, dead letters (with the reasons) and drops, a sample of the rows, and what each output would hold after ' +
        'these records alone. Nothing is committed, and nothing of it is left.',
    )
    .argument('<job>', jobArgument)
    .option('-n, --records <n>', 'read so many records in all, the newest of each topic partition', readCount, 1000)
    .option('--sample <n>', 'show so many rows per topic, and of each output', readCount, 5)
    .option('--topic <topic...>', 'only these topics of the job')
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .option('--kafka-brokers <list>', 'brokers, instead of those of the job')
    .option('--kafka-topic <topic>', 'topic, instead of those of the job')
    .addOption(jobsFolderOption())
    .option('--json', 'print one JSON document: a list with the result of each topic')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze dry-run api-usage-events
  $ bronze dry-run rideshare-low-volume --topic trips --records 50000 --sample 20
  $ bronze dry-run ./my-job.yaml --json | jq '.[].reasons'`,
    )
    .action(async (job: string, flags: DryRunFlags) => {
      const { loadPinnedJobSpec } = await import('../load-job-spec.ts');
      const { dryRun } = await import('../../trial/dry-run.ts');
      const { dryRunAsJson, renderDryRun } = await import('../output/print-dry-run.ts');
      const { interruptSignal } = await import('../interrupt.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const topics = await dryRun(await loadPinnedJobSpec(job, flags), {
        mostOffsets: flags.records,
        mostSampleRows: flags.sample,
        topics: flags.topic,
        signal: interruptSignal(),
      });
      await (flags.json === true ? printJson(dryRunAsJson(topics)) : writeLine(renderDryRun(topics, flags.sample)));
    });
}
