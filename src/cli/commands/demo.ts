import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../exit-code.ts';
import { printMessage } from '../output/messages.ts';
import { metricsAddressOption, metricsServer } from '../metrics-address.ts';
import { readCount, readRate } from '../read-option.ts';

interface DemoFlags {
  readonly records?: number;
  readonly rate?: number;
  readonly jobs?: string;
  readonly seed?: number;
  readonly json?: true;
  readonly metricsAddress?: string;
}

const examples = `
Examples:
  $ npm start
  $ npm start -- --records 50000
  $ npm start -- --jobs rideshare-high-volume --rate 20000
  $ npm start -- --records 50000 --json`;

/** Without --records: enough to watch, little enough to leave the machine usable. */
const defaultRatePerSecond = 5000;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .summary('start everything: servers, sample producers, a worker, the sample jobs (npm start)')
    .description(
      'Finds or starts Kafka and Temporal, creates the sample topics, produces sample records, and runs the sample ' +
        'jobs with live progress until Ctrl-C. With --records it ends by itself once all are committed and verified.',
    )
    .option('--records <n>', 'end once so many sample records are committed and verified', readCount)
    .option(
      '--rate <n>',
      `records per second (default: ${String(defaultRatePerSecond)}, with --records unlimited)`,
      readRate,
    )
    .option(
      '--jobs <list>',
      'sample jobs, comma-separated (default: those of the ride-share platform, and api-usage-events); there are as well: ' +
        'event-pipeline, dev-topic, events-window',
    )
    .option('--seed <n>', 'the same seed gives the same samples (default: by the clock)', readCount)
    .addOption(metricsAddressOption())
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', examples)
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const { parseJobs } = await import('../demo/demo-options.ts');
  const { runDemo } = await import('../demo/run-demo.ts');
  const { DemoScreen } = await import('../demo/demo-screen.ts');
  const { printSummary } = await import('../demo/demo-summary.ts');
  const { defaultStateFolder } = await import('../../stack/project-root.ts');
  const rate = flags.rate ?? (flags.records === undefined ? defaultRatePerSecond : undefined);
  const interrupted = new AbortController();
  const screen = new DemoScreen(process.stderr, join('data', 'logs', 'demo.log'));
  const onSignal = (): void => {
    if (interrupted.signal.aborted) {
      screen.end();
      printMessage(
        'Ended at once. What is not committed is ingested by the next run. "npx bronze stack down" stops servers.',
      );
      process.exit(exitCodes.interrupted);
    }
    screen.log('Stopping: running micro-batches may commit. Ctrl-C again ends at once.');
    interrupted.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const result = await runDemo(
    {
      jobs: parseJobs(flags.jobs),
      seed: flags.seed ?? Math.floor(Date.now() / 1000),
      ...(flags.records === undefined ? {} : { records: flags.records }),
      ...(rate === undefined ? {} : { ratePerSecond: rate }),
    },
    {
      env: process.env,
      stateFolder: defaultStateFolder,
      logLine: (line) => screen.log(line),
      show: (snapshot) => screen.show(snapshot),
      metrics: metricsServer(flags.metricsAddress),
      signal: interrupted.signal,
    },
  );
  screen.end();
  const isWell = await printSummary(result, flags.records, flags.json === true);
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
  if (!isWell) process.exitCode = exitCodes.failed;
}
