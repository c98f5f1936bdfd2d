import type { Command } from 'commander';
import { BronzeError } from '../../errors.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import type { SampleProgress } from '../../samples/producer.ts';
import { findSampleTopic, sampleTopics, usualTopics, type SampleTopic } from '../../samples/topics.ts';
import { readCount, readRate } from '../read-option.ts';

interface ProduceFlags {
  readonly records?: number;
  readonly rate?: number;
  readonly seed: number;
  readonly from?: number;
  readonly kafkaBrokers?: string;
  readonly gzip?: true;
  readonly json?: true;
}

export function registerProduce(program: Command): void {
  program
    .command('produce')
    .summary('send sample events to Kafka')
    .description(
      'Sends seeded sample events, some of them broken on purpose, to the topics of the shipped jobs. ' +
        'Missing topics are created. Without --records it goes on until Ctrl-C.',
    )
    .argument(
      '[topics...]',
      `which topics (default: ${namesOf(usualTopics)}); there are as well: ${namesOf(sampleTopics.filter(({ onRequest }) => onRequest))}`,
    )
    .option('-n, --records <n>', 'how many, over all topics', readCount)
    .option('-r, --rate <n>', 'how many per second, over all topics (default: $MSGS_PER_SEC, else no limit)', readRate)
    .option('--seed <n>', 'the same seed makes the same events', readCount, 1)
    .option('--from <index>', 'index of the first event of each topic (default: behind those it holds)', readCount)
    .option('--gzip', 'compress what is sent')
    .option(
      '-b, --kafka-brokers <list>',
      'brokers (default: $KAFKA_BOOTSTRAP_SERVERS, else those of the local stack, else localhost:9092)',
    )
    .option('--json', 'print the totals as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze produce --records 50000
  $ bronze produce gps_pings --rate 5000
  $ bronze produce trips payments --records 1000 --seed 7 --json`,
    )
    .action(async (names: string[], flags: ProduceFlags) => {
      const { produceSamples } = await import('../../samples/producer.ts');
      const { showProgress } = await import('../output/produce-progress.ts');
      const interrupted = new AbortController();
      const onInterrupt = (): void => interrupted.abort();
      process.once('SIGINT', onInterrupt);
      const ratePerSecond = flags.rate ?? rateFromEnvironment();
      const progress = showProgress(flags.records);
      let total: SampleProgress | undefined;
      try {
        total = await produceSamples({
          bootstrapServers: (flags.kafkaBrokers ?? (await defaultServers())).split(','),
          topics: chosenTopics(names),
          seed: flags.seed,
          firstIndex: flags.from ?? 'end',
          compression: flags.gzip ? 'gzip' : 'none',
          signal: interrupted.signal,
          onProgress: progress.update,
          ...(flags.records !== undefined && { records: flags.records }),
          ...(ratePerSecond !== undefined && { ratePerSecond }),
        });
      } finally {
        process.removeListener('SIGINT', onInterrupt);
        await progress.end(total, flags.json === true);
      }
    });
}

function chosenTopics(names: readonly string[]): readonly SampleTopic[] {
  if (names.length === 0) return usualTopics;
  return [...new Set(names)].map((name) => {
    const topic = findSampleTopic(name);
    if (topic) return topic;
    const guess = didYouMean(
      name,
      sampleTopics.map((sample) => sample.name),
    );
    throw new BronzeError('USAGE', `${name} is no sample topic${guess} (there are ${namesOf(sampleTopics)})`);
  });
}

function namesOf(topics: readonly SampleTopic[]): string {
  return topics.map(({ name }) => name).join(', ');
}

async function defaultServers(): Promise<string> {
  const { localEnvironment } = await import('../local-environment.ts');
  const env = await localEnvironment();
  return env['KAFKA_BOOTSTRAP_SERVERS'] ?? env['KAFKA_BROKER'] ?? 'localhost:9092';
}

function rateFromEnvironment(): number | undefined {
  const text = process.env['MSGS_PER_SEC'];
  return text === undefined || text === '' ? undefined : readRate(text);
}
