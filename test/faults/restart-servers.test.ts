import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { serverTitles, usualServers } from '../../src/stack/server-name.ts';
import { TestKafka } from '../support/kafka.ts';
import { numbered } from '../support/messages.ts';
import { startPrivateStack } from '../support/servers.ts';
import { TestJob } from '../support/test-job.ts';
import { test } from '../support/job-fixture.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const perRound = 20_000;

for (const server of usualServers) {
  test(`a restart of ${serverTitles[server]} in the middle of ingestion loses and doubles nothing`, async ({
    lakeFolder,
  }) => {
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
        if (kill) await stack.kill(server);
        await stack.restart(server);
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
