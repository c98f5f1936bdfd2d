import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { openKafka } from '../../src/kafka/open-kafka.ts';
import { usualServers } from '../../src/stack/server-name.ts';
import type { RunningStack } from '../../src/stack/start-stack.ts';
import { test } from '../support/job-fixture.ts';
import { TestKafka } from '../support/kafka.ts';
import { numbered } from '../support/messages.ts';
import { expectOutputsOfRows, readings, readingsJob } from '../support/readings-job.ts';
import { startPrivateStack } from '../support/servers.ts';
import { TestJob } from '../support/test-job.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const partitions = 2;
const perRound = 3000;

let stack: RunningStack;
let kafka: TestKafka;

beforeAll(async () => {
  stack = await startPrivateStack({ onTestFinished: afterAll });
  kafka = await TestKafka.open(stack.addresses.kafka);
});

afterAll(() => kafka.close());

test('restarts and crashes of Kafka and Temporal in the middle of ingestion lose, double and miscount nothing, in outputs either', async ({
  lakeFolder,
}) => {
  const { temporal = '' } = stack.addresses;
  const taskQueue = `queue-${randomUUID()}`;
  const worker = await startWorkerProcess({ taskQueue, env: { TEMPORAL_ADDRESS: temporal } });
  const topic = await kafka.createTopic({ partitions });
  const job = await TestJob.create({
    ...{ kafka, topics: [topic.name], lakeFolder, taskQueue, temporal },
    document: readingsJob(lakeFolder),
    source: { maxOffsetsPerTrigger: 1000 },
  });
  try {
    await job.start();
    let sent = 0;
    for (const server of usualServers) {
      for (const kill of [false, true]) {
        await topic.send(...readings(perRound, sent, partitions));
        sent += perRound;
        if (kill) await stack.kill(server);
        await stack.restart(server);
        await job.untilCaughtUp();
      }
    }
    await expectOutputsOfRows(lakeFolder);
    await job.expectVerified(sent);
  } finally {
    await worker.kill();
    await job.close();
  }
}, 900_000);

test('reads a range through a crash of the broker, and gives up in time when it does not come back', async () => {
  const source = { bootstrapServers: kafka.bootstrapServers };
  const half = 1000;
  const topic = await kafka.createTopic();
  await topic.send(...numbered(half, 1));
  const all = await kafka.range(topic, { end: 2 * half });
  const patient = openKafka(source, { retryTimeoutMs: 300_000 });
  const reading = patient.readRange(all);
  const values: string[] = [];
  const take = async (): Promise<void> => {
    const { value } = await reading.next();
    if (value) values.push(...value.records.map((record) => String(record.value)));
  };
  while (values.length < half) await take();

  const pending = take();
  await stack.kill('kafka');
  const impatient = openKafka(source, { retryTimeoutMs: 500 });
  await expect(impatient.listOffsets(topic.name, { at: 'latest' })).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
  });
  await stack.restart('kafka');
  await topic.send(...numbered(half, 1, half));
  await pending;
  while (values.length < 2 * half) await take();
  expect(await reading.next()).toMatchObject({ done: true });
  expect(values).toEqual(numbered(2 * half, 1).map(({ value }) => value));
  await Promise.all([patient.close(), impatient.close()]);
});
