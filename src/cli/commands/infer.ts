import type { Command } from 'commander';
import { likeOption, readCount } from '../read-option.ts';

interface InferFlags {
  readonly records: number;
  readonly output?: string;
  readonly fromFile?: string;
  readonly registry?: string;
  readonly subject?: string;
  readonly kafkaBrokers?: string;
  readonly like?: string;
}

/** `bronze infer`: a job file for a topic, from what its records are. */
export function registerInfer(program: Command): void {
  program
    .command('infer')
    .summary('write a job file for a topic, from a sample of its records')
    .description(
      'Reads the newest records of a topic, from all its partitions, and writes a job file for them: columns with their types ' +
        'and comments on what was seen, metadata columns, partitions by the day of the event, and a test. Values of ' +
        'fields that may be about a person are never shown. With a Schema Registry, the columns are those of its schema.',
    )
    .argument('<topic>', 'the topic')
    .option('-n, --records <n>', 'read so many records in all', readCount, 5000)
    .option('-o, --output <file>', 'write a new file, such as jobs/orders.yaml (default: stdout)')
    .option('--from-file <file>', 'take the records from a file with a JSON object per line')
    .option('--registry <url>', 'take the columns from a Schema Registry')
    .option('--subject <name>', "the registry's subject (default: <topic>-value)")
    .option('-b, --kafka-brokers <list>', 'brokers (default: $KAFKA_BOOTSTRAP_SERVERS)')
    .addOption(likeOption())
    .addHelpText(
      'after',
      `
Examples:
  $ bronze infer orders.v1
  $ bronze infer orders.v1 --records 50000 --output jobs/orders.yaml
  $ bronze infer orders.v1 --like payments
  $ bronze infer orders.v1 --registry http://localhost:8081`,
    )
    .action(async (topic: string, { output, kafkaBrokers, like, ...flags }: InferFlags) => {
      const { inferJob, writeNewFile } = await import('../infer-job.ts');
      const { interruptSignal } = await import('../interrupt.ts');
      const { localEnvironment } = await import('../local-environment.ts');
      const { writeData } = await import('../output/stdout.ts');
      const env = await localEnvironment();
      const text = await inferJob({
        topic,
        output,
        ...flags,
        cluster: { kafkaBrokers, like },
        env,
        signal: interruptSignal(),
      });
      await (output === undefined ? writeData(text) : writeNewFile(output, text));
    });
}
