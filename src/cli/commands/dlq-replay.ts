import { InvalidArgumentError, Option, type Command } from 'commander';
import { jobArgument, jobsFolderOption, readCount } from '../read-option.ts';
import type { ReplayFlags } from '../replay-dead-letters.ts';

/** `bronze dlq replay <job>`: records of dead letters, once more through a job that was mended. */
export function registerDlqReplay(dlq: Command): void {
  dlq
    .command('replay')
    .summary('send the records of dead letters again, once the job is mended')
    .description(
      'Sends the records of dead letters to their topic again, byte for byte and once each, so that they go through the job ' +
        'as it is now. First they are tried: only those that the job file as it is now makes rows of are sent. Restart ' +
        'a running job with the mended file before. The dead letters stay; what was sent is remembered beside them and ' +
        'left out the next time. A workflow does the work (deadLetterReplay), so a worker has to run. Other readers of ' +
        'the topic see the records again, too: --to-topic names one that only this job reads.',
    )
    .argument('<job>', jobArgument)
    .option('--topic <topic...>', 'only dead letters of these topics of the job')
    .option('--where <condition>', 'only those for which it holds: SQL over the columns of the dead-letter table')
    .option('--to-topic <topic>', 'send them there instead')
    .option('--limit <n>', 'send no more than this from each dead-letter table', readLimit)
    .option('--all', 'send also those that would fail again, and late records, which are rows already')
    .option('--again', 'send also those that were sent before')
    .addOption(
      new Option('--timestamp <which>', 'the timestamp that records get')
        .choices(['original', 'now'])
        .default('original'),
    )
    .option('--dry-run', 'only try them here, and say what would be sent; needs neither Temporal nor a worker')
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .option('--kafka-brokers <list>', 'brokers, as given to start')
    .option('--kafka-topic <topic>', 'topic of the job, as given to start')
    .option('--dlq-path <path>', 'dead-letter table, as given to start')
    .option('--workflow-id <id>', 'workflow id (default: <job>/replay)')
    .option('--task-queue <name>', 'task queue of the worker (default: bronze)')
    .addOption(jobsFolderOption('folder of the job files, here and at the worker'))
    .option('--no-wait', 'do not wait for the end')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze dlq replay api-usage-events --dry-run
  $ bronze dlq replay api-usage-events --where "error_code = 'CAST_FAILED' and dead_lettered_at > '2026-11-20'"
  $ bronze dlq replay rideshare-low-volume --topic trips --limit 1000
  $ bronze dlq replay api-usage-events --timestamp now --to-topic api-usage-events.replayed
  $ temporal workflow start --task-queue bronze --type deadLetterReplay --workflow-id replay-1 \\
      --input '{"job":"api-usage-events","where":"error_code = '"'CAST_FAILED'"'"}'`,
    )
    .action(async (job: string, flags: ReplayFlags) => {
      const { replayDeadLetters } = await import('../replay-dead-letters.ts');
      await replayDeadLetters(job, flags);
    });
}

function readLimit(text: string): number {
  const limit = readCount(text);
  if (limit > 0) return limit;
  throw new InvalidArgumentError('A number above 0 is expected.');
}
