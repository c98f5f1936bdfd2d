import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { TestKafka } from '../support/kafka.ts';
import { numbered } from '../support/messages.ts';
import { startPrivateStack } from '../support/servers.ts';
import { TestJob } from '../support/test-job.ts';
import { test } from '../support/job-fixture.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const perRound = 20_000;

for (const server of ['Kafka', 'Temporal'] as const) {
  test(`a restart of ${server} in the middle of ingestion loses and doubles nothing`, async ({ lakeFolder }) => {
    const stack = await startPrivateStack({ onTestFinished });
    const { kafka: bootstrapServers = '', temporal = '' } = stack.addresses;
    const kafka = await TestKafka.open(bootstrapServers);
    const taskQueue = `queue-${randomUUID()}`;
    const worker = await startWorkerProcess({ taskQueue, env: { TEMPORAL_ADDRESS: temporal } });
    const topic = await kafka.createTopic({ partitions: 4 });
    const job = await TestJob.create({ kafka, topics: [topic.name], lakeFolder, taskQueue, temporal });
    try {
      await job.start();
      for (const [round, kill] of [false, true].entries()) {
        await topic.send(...numbered(perRound, 4, round * perRound));
        if (server === 'Kafka') await (kill ? stack.killKafka() : Promise.resolve()).then(() => stack.restartKafka());
        else await (kill ? stack.killTemporal() : Promise.resolve()).then(() => stack.restartTemporal());
        await job.untilCaughtUp();
      }
      await job.expectVerified(2 * perRound);
    } finally {
      await worker.kill();
      await job.close();
      await kafka.close();
    }
  });
}
