import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { sparkEnvironment } from '../../bench/spark/environment.ts';
import { untilLeaders } from '../../src/samples/create-topics.ts';
import { TestKafka } from '../support/kafka.ts';
import { aggregates, type Scenario, type WindowRow } from '../support/windows/scenario.ts';

const run = promisify(execFile);

/** Sends each scenario to a topic of its own, and gives the rows that Spark's windows make of it. */
export async function sparkWindows(scenarios: readonly Scenario[]): Promise<readonly (readonly WindowRow[])[]> {
  const spark = await sparkEnvironment({ install: true });
  if (spark.kind !== 'ready') throw new Error(spark.reason);
  const kafka = await TestKafka.open();
  try {
    const sparks = Object.fromEntries(Object.entries(aggregates).map(([name, [, sql]]) => [name, sql]));
    const given = scenarios.map((scenario) => ({ ...scenario, topic: `test-${randomUUID()}`, aggregates: sparks }));
    const topics = given.map(({ topic }) => topic);
    kafka.own(topics);
    await kafka.admin.createTopics({
      topics: given.map(({ topic, partitions }) => ({ topic, numPartitions: partitions })),
      waitForLeaders: false,
    });
    await untilLeaders(kafka.admin, topics);
    const { python, jars } = spark.environment;
    const script = join(import.meta.dirname, 'spark_windows.py');
    const args = ['-n', '10', python, script, jars.join(','), kafka.bootstrapServers.join(',')];
    const running = run('nice', args, { maxBuffer: 256 * 1024 * 1024 });
    running.child.stdin?.end(JSON.stringify(given));
    const { stdout } = await running;
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as WindowRow[][];
  } finally {
    await kafka.close();
  }
}
