import type { Command } from 'commander';
import { jobArgument, jobsFolderOption, readCount } from '../read-option.ts';

interface VerifyFlags {
  readonly topic?: string[];
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly kafkaBrokers?: string;
  readonly kafkaTopic?: string;
  readonly outputPath?: string;
  readonly dlqPath?: string;
  readonly differences: number;
  readonly json?: true;
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .summary('prove, offset by offset, that the tables hold what Kafka holds')
    .description(
      "Compares a job's tables with Kafka: every offset that the commits cover has to be a row, a dead letter or a " +
        'counted drop, exactly once and with the same bytes. Nothing is written. The job may be running.',
    )
    .argument('<job>', jobArgument)
    .option('--topic <topic...>', 'only these topics of the job')
    .option('--differences <n>', 'tell of so many differences in detail', readCount, 20)
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .option('--kafka-brokers <list>', 'brokers, as given to start')
    .option('--kafka-topic <topic>', 'topic, as given to start')
    .option('--output-path <path>', 'table, as given to start')
    .option('--dlq-path <path>', 'dead-letter table, as given to start')
    .addOption(jobsFolderOption())
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Exit codes: 0 no difference, 3 differences.

Examples:
  $ bronze verify rideshare-high-volume
  $ bronze verify rideshare-low-volume --topic trips --topic ratings
  $ bronze verify api-usage-events --json | jq '.topics[].partitions[] | select(.verdict != "same")'`,
    )
    .action(async (job: string, flags: VerifyFlags) => {
      const { loadJobSpec } = await import('../load-job-spec.ts');
      const { verifyJob } = await import('../../verify/verify-job.ts');
      const { printVerifyReport } = await import('../output/print-verify-report.ts');
      const { verifyProgressBar } = await import('../output/verify-progress-bar.ts');
      const { interruptSignal } = await import('../interrupt.ts');
      const { printJson } = await import('../output/json.ts');
      const { exitCodes } = await import('../exit-code.ts');
      const bar = verifyProgressBar();
      const report = await verifyJob({
        spec: await loadJobSpec(job, flags),
        ...(flags.topic === undefined ? {} : { topics: flags.topic }),
        mostDifferences: flags.differences,
        signal: interruptSignal(),
        onProgress: bar.show,
      }).finally(bar.clear);
      await (flags.json === true ? printJson(report) : printVerifyReport(report));
      if (!report.same) process.exitCode = exitCodes.difference;
    });
}
