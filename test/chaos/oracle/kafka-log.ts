import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findJava } from '../../../src/stack/java.ts';
import { cacheFolder } from '../../../src/stack/cache-folder.ts';
import { findKafkaLibraries } from '../../../src/stack/kafka-libraries.ts';

/** A committed record, by `partition/offset`. */
export type KafkaLog = ReadonlyMap<string, string>;

/** All committed records of a topic as Kafka's own console consumer reads them, which shares no code with us. */
export async function readKafkaLog(bootstrapServers: string, topic: string): Promise<KafkaLog> {
  const { env } = process;
  const log = (): void => undefined;
  const java = await findJava(env, { title: 'Kafka', alternatives: 'install Java 17' });
  const { folder } = await findKafkaLibraries({ env, cache: cacheFolder(env), log });
  const child = spawn(
    java,
    [
      ...['-XX:TieredStopAtLevel=1', '-Xmx256m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'],
      ...['-cp', `${folder}/*`, 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', bootstrapServers, '--topic', topic, '--from-beginning'],
      ...['--isolation-level', 'read_committed', '--timeout-ms', '8000'],
      ...['print.partition', 'print.offset'].flatMap((name) => ['--property', `${name}=true`]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const records = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, partition, offset, value] = /^Partition:(\d+)\tOffset:(\d+)\t(.*)$/.exec(line) ?? [];
    if (partition === undefined || offset === undefined) throw new Error(`the console consumer says: ${line}`);
    records.set(`${partition}/${offset}`, value ?? '');
  }
  if (!/Processed a total of/.test(errors)) throw new Error(`the console consumer failed: ${errors}`);
  return records;
}
