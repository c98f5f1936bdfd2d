import { expect } from 'vitest';
import { engineProcesses } from '../support/child-processes.ts';
import { untilTrue } from '../support/until-true.ts';
import { numbered } from '../support/messages.ts';
import { test } from '../support/own-worker.ts';
import { committedOffsets, uncommittedFiles } from '../support/staged-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const perRound = 20_000;

test('a worker that is killed between staging and commit loses and doubles nothing', async ({
  kafka,
  createJob,
  taskQueue,
}) => {
  const topic = await kafka.createTopic({ partitions: 4 });
  const job = await createJob({ topics: [topic.name], document: { trigger: '10 ms' } });
  let worker = await startWorkerProcess({ taskQueue });
  try {
    await job.start();
    for (const round of [0, 1, 2]) {
      await topic.send(...numbered(perRound, 4, round * perRound));
      // Files wait for their commit for a moment only; whoever misses it kills a little later.
      const table = job.tableOf(topic.name);
      const sent = BigInt((round + 1) * perRound);
      await untilTrue(
        async () => (await uncommittedFiles(table)).length > 0 || (await committedOffsets(table)) === sent,
      );
      await worker.kill();
      worker = await startWorkerProcess({ taskQueue });
    }
    await job.untilCaughtUp();
    await job.expectVerified(3 * perRound);
  } finally {
    await worker.kill();
  }
});

test('an engine process that is killed in the middle of a batch costs an attempt, not the worker', async ({
  kafka,
  createJob,
  worker,
}) => {
  const topic = await kafka.createTopic({ partitions: 4 });
  const job = await createJob({ topics: [topic.name], document: { trigger: '10 ms' } });
  await job.start();
  await topic.send(...numbered(perRound, 4));
  await job.untilCaughtUp();
  let killed = 0;
  for (const round of [1, 2]) {
    await topic.send(...numbered(perRound, 4, round * perRound));
    await untilTrue(async () => {
      const engines = await engineProcesses(worker);
      for (const engine of engines) process.kill(engine, 'SIGKILL');
      killed += Number(engines.length > 0);
      return engines.length > 0;
    });
    await job.untilCaughtUp();
  }

  expect(killed).toBe(2);
  expect((await job.jobs.progress(job.name)).lanes[0]?.state).toBe('running');
  await job.expectVerified(3 * perRound);
});
