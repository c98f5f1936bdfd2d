import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import type { TestJob } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';

describe('gracefulStop', () => {
  test('ends a job that still waits for its topic to exist', async ({ createJob }) => {
    const job = await createJob({ topics: [`test-${randomUUID()}`] });
    await job.start();
    await job.until(({ state }) => state === 'running');
    const reset = expect(job.jobs.reset(job.name, { to: 'earliest', rows: 'keep' })).rejects.toMatchObject({
      code: 'JOB_NOT_RUNNING',
    });

    expect(await job.jobs.stop(job.name)).toMatchObject({ state: 'completed', lanes: [] });
    expect(await job.jobs.result(job.name)).toMatchObject({ state: 'completed' });
    await reset;
  });

  test('ends a job whose topic was deleted under it', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(10, 1));
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();
    await topic.delete();

    expect(await job.jobs.stop(job.name)).toMatchObject({ state: 'completed', lanes: [{ totals: { rows: 10 } }] });
  });

  test('ends a job that cannot open its topic again', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(10, 1));
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();
    const waiting = `${job.name}/${topic.name}/1`;
    await job.untilWorkingOn('pollOffsets', waiting);
    await topic.delete();
    await job.client.workflow.getHandle(waiting).terminate();
    await job.until(({ lanes }) => lanes[0]?.state === 'opening');

    expect(await job.jobs.stop(job.name)).toMatchObject({ state: 'completed', lanes: [{ totals: { rows: 10 } }] });
  });

  test('ends a job that is paused before it begins', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.handle.signal('pause');
    await job.until(({ state }) => state === 'paused');

    expect(await job.jobs.stop(job.name)).toMatchObject({ state: 'completed' });
  });
});

describe('a cancelled job', () => {
  const expectCancelled = async (job: TestJob): Promise<void> => {
    await job.handle.cancel();
    const error: unknown = await job.handle.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  };

  test('with several lanes ends as cancelled', async ({ kafka, createJob }) => {
    const [one, two] = [await kafka.createTopic(), await kafka.createTopic()];
    await one.send(...numbered(10, 1));
    const job = await createJob({ topics: [one.name, two.name] });
    await job.start();
    await job.untilCaughtUp();
    await expectCancelled(job);

    await job.start();
    await one.send(...numbered(10, 1, 10));
    await job.untilCaughtUp();
    await job.expectVerified(20);
  });

  test('that watches for new topics ends as cancelled', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(10, 1));
    const source = { topics: null, topicPattern: `^${topic.name}$` };
    const job = await createJob({ topics: [topic.name], source });
    await job.start();
    await job.untilCaughtUp();
    await expectCancelled(job);
  });
});

test('a batch that somebody cancels or terminates is begun anew', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.until(({ lanes }) => lanes[0]?.state === 'running');
  const batch = job.client.workflow.getHandle(`${job.name}/${topic.name}/0`);
  await job.untilWorkingOn('pollOffsets', batch.workflowId);
  const ended = new Set<string>();
  for (const end of [() => batch.cancel(), () => batch.terminate()]) {
    await untilTrue(async () => {
      const { runId } = await batch.describe();
      return !ended.has(runId) && ended.add(runId).size > 0;
    }, 50);
    await end();
  }
  await topic.send(...numbered(10, 1));
  await job.untilCaughtUp();
  await job.expectVerified(10);
});
