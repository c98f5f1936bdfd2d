import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sparkEnvironment } from '../../bench/spark/environment.ts';
import type { TestKafka } from '../support/kafka.ts';

/** The average of a sensor over the ten seconds from `startMs` on. */
export interface Average {
  readonly startMs: number;
  readonly id: number;
  readonly average: number;
  readonly readings: number;
}

/** Spark's averages of the readings of a topic, which it takes when it is told to. */
export interface SparkAverages {
  /** Has both queries take what is in the topic now, as a micro-batch. */
  takeBatch(): Promise<void>;
  /** Ends Spark; gives the rows by output mode. */
  end(): Promise<Readonly<Record<'update' | 'append', readonly Average[]>>>;
}

export async function startSparkAverages(kafka: TestKafka, topic: string): Promise<SparkAverages> {
  const spark = await sparkEnvironment({ install: true });
  if (spark.kind !== 'ready') throw new Error(spark.reason);
  const { python, jars } = spark.environment;
  const script = join(import.meta.dirname, 'spark_averages.py');
  const args = ['-n', '10', python, script, jars.join(','), kafka.bootstrapServers.join(','), topic];
  const child = spawn('nice', args, { stdio: 'pipe' });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed = `${printed}${chunk.toString()}`.slice(-4000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`Spark ended:\n${printed}`);
    return value;
  };
  return {
    takeBatch: async () => {
      child.stdin.write('take\n');
      while ((await nextLine()) !== 'taken');
    },
    end: async () => {
      child.stdin.end();
      return JSON.parse(await nextLine()) as Readonly<Record<'update' | 'append', readonly Average[]>>;
    },
  };
}
