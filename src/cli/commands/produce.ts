import { Option, type Command } from 'commander';
import { BronzeError } from '../../errors.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import type { SampleProgress } from '../../samples/producer.ts';
import { findSampleTopic, sampleTopics, usualTopics, type SampleTopic } from '../../samples/topics.ts';
import { likeOption, readCount, readRate } from '../read-option.ts';
import type { LineForm } from '../file-records.ts';
import type { ProduceProgress } from '../output/produce-progress.ts';

interface ProduceFlags {
  readonly records?: number;
  readonly rate?: number;
  readonly seed: number;
  readonly from?: number;
  readonly file?: string;
  readonly lines?: LineForm;
  readonly partitions?: number;
  readonly kafkaBrokers?: string;
  readonly like?: string;
  readonly gzip?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ bronze produce --records 50000
  $ bronze produce gps_pings --rate 5000
  $ bronze produce trips payments --records 1000 --seed 7 --json
  $ bronze produce orders.v1 --file orders.jsonl --partitions 3
  $ echo '{"key":"o1","value":{"order_id":"o1"},"headers":{"source":"web"}}' | \\
      bronze produce orders.v1 --file - --lines records
  $ bronze dlq show orders.v1 --json --limit 1000 | \\
      bronze produce orders.v1 --file - --lines deadLetters`;

export function registerProduce(program: Command): void {
  program
    .command('produce')
    .summary('send sample events, or the records of a file, to Kafka')
    .description(
      'Sends seeded sample events, some of them broken on purpose, to the topics of the shipped jobs. Missing topics are ' +
        'created. Without --records it goes on until Ctrl-C. With --file it sends the records of a file to any topic.',
    )
    .argument(
      '[topics...]',
      `which topics (default: ${namesOf(usualTopics)}); there are as well: ${namesOf(sampleTopics.filter(({ onRequest }) => onRequest))}`,
    )
    .option('-n, --records <n>', 'how many, over all topics', readCount)
    .option('-r, --rate <n>', 'how many per second, over all topics (default: $MSGS_PER_SEC, else no limit)', readRate)
    .option('--seed <n>', 'the same seed makes the same events', readCount, 1)
    .option('--from <index>', 'index of the first event of each topic (default: behind those it holds)', readCount)
    .option('-f, --file <file>', 'send the lines of a file to the topic; - is stdin')
    .addOption(
      new Option(
        '--lines <form>',
        'what a line is: the value itself; a JSON object with value, key, headers, timestamp and partition; or a dead ' +
          'letter as "bronze dlq show --json" prints it (default: values)',
      ).choices(['values', 'records', 'deadLetters']),
    )
    .option('--partitions <n>', 'with --file: create the topic with so many, where it is missing', readCount)
    .option('--gzip', 'compress what is sent')
    .option(
      '-b, --kafka-brokers <list>',
      'brokers (default: $KAFKA_BOOTSTRAP_SERVERS, else those of the local stack, else localhost:9092)',
    )
    .addOption(likeOption('with --file: '))
    .option('--json', 'print the totals as JSON')
    .addHelpText('after', examples)
    .action(produce);
}

async function produce(names: string[], flags: ProduceFlags): Promise<void> {
  const { showProgress } = await import('../output/produce-progress.ts');
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once('SIGINT', onInterrupt);
  const progress = showProgress(flags.records);
  let total: SampleProgress | undefined;
  try {
    const send = flags.file === undefined ? sendSamples : sendFile;
    total = await send(names, flags, interrupted.signal, progress.update);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    await progress.end(total, flags.json === true);
  }
}

async function sendSamples(
  names: readonly string[],
  flags: ProduceFlags,
  signal: AbortSignal,
  onProgress: ProduceProgress['update'],
): Promise<SampleProgress> {
  const { produceSamples } = await import('../../samples/producer.ts');
  const ratePerSecond = flags.rate ?? rateFromEnvironment();
  return produceSamples({
    bootstrapServers: (flags.kafkaBrokers ?? (await defaultServers())).split(','),
    topics: chosenTopics(names),
    seed: flags.seed,
    firstIndex: flags.from ?? 'end',
    compression: flags.gzip ? 'gzip' : 'none',
    signal,
    onProgress,
    ...(flags.records === undefined ? {} : { records: flags.records }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  });
}

async function sendFile(
  [topic, ...others]: readonly string[],
  { file = '-', lines = 'values', partitions, records, gzip, ...cluster }: ProduceFlags,
  signal: AbortSignal,
  onProgress: ProduceProgress['update'],
): Promise<SampleProgress> {
  if (topic === undefined || others.length > 0) throw new BronzeError('USAGE', '--file needs one topic');
  const { produceFile } = await import('../produce-file.ts');
  const { kafkaSource } = await import('../kafka-source.ts');
  const { localEnvironment } = await import('../local-environment.ts');
  return produceFile({
    source: await kafkaSource(cluster, await localEnvironment()),
    ...{ topic, file, lines, signal, onProgress },
    compression: gzip ? 'gzip' : 'none',
    ...(partitions === undefined ? {} : { partitions }),
    ...(records === undefined ? {} : { records }),
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
