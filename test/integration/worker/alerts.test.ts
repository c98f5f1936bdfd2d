import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/own-worker.ts';
import { rawMetadata } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';
import { startWorkerProcess } from '../../support/worker-process.ts';

test('an alert tells each receiver once that it fires and once that it has resolved, and holds up nothing', async ({
  kafka,
  createJob,
  taskQueue,
}) => {
  const receiver = await WebhookReceiver.listen();
  receiver.answers.set('/down-at-first', [503, 503]);
  receiver.answers.set(
    '/refuses',
    Array.from({ length: 20 }, () => 404),
  );
  const worker = await startWorkerProcess({
    taskQueue,
    env: {
      HOOK: receiver.url('/hook'),
      DOWN_AT_FIRST: receiver.url('/down-at-first'),
      REFUSES: receiver.url('/refuses'),
    },
  });
  try {
    const topic = await kafka.createTopic();
    const bad = { when: 'deadLetterRatio > 50%', level: 'error', action: 'Investigate upstream' };
    const job = await createJob({
      topics: [topic.name],
      document: {
        steps: { parse: { format: 'json', schema: { number: 'bigint' } }, metadata: rawMetadata },
        notify: { webhook: '${HOOK}' },
        alerts: [
          { name: 'Invalid', ...bad },
          { name: 'InvalidToo', ...bad, notify: { webhook: '${DOWN_AT_FIRST}' } },
          { name: 'Refused', ...bad, notify: { webhook: '${REFUSES}' } },
          { name: 'Unset', ...bad, notify: { webhook: '${NO_SUCH_VARIABLE}' } },
          { name: 'Stopped', when: 'laneFailed', level: 'critical' },
        ],
      },
    });
    // A message may come twice, from a worker that stood still while it told of it.
    const kinds = (path: string): readonly unknown[] => receiver.posted(path).map(statusOf).filter(isNotRepeated);
    const until = async (path: string, ...expected: readonly string[]): Promise<void> =>
      untilTrue(() => Promise.resolve(kinds(path).join(' ') === expected.join(' ')), 100);

    await topic.send({ value: 'no JSON' });
    await job.start();
    await until('/hook', 'firing');
    expect(await job.jobs.alerts(job.name)).toContainEqual({
      ...{ alert: 'Invalid', topic: topic.name, kind: 'firing' },
      sinceMs: expect.any(Number) as number,
    });
    await topic.send({ value: 'no JSON' });
    await job.untilCaughtUp();
    await topic.send(...numbered(10, 1));
    await until('/hook', 'firing', 'resolved');
    await until('/down-at-first', 'firing', 'resolved');
    await job.jobs.stop(job.name);
    const watch = job.client.workflow.getHandle(`${job.name}/alerts`);
    await watch.result();

    const { events } = await watch.fetchHistory();
    const sent = events?.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'notify');
    // Two messages of four alerts, to the log and to a receiver each.
    expect(sent).toHaveLength(16);
    expect(receiver.posted('/refuses')).toEqual([]);
    expect(
      receiver.posted('/hook').filter((body, index, all) => statusOf(body) !== statusOf(all[index - 1])),
    ).toMatchObject([
      {
        ...{ alert: 'Invalid', job: job.name, topic: topic.name, level: 'error', measured: '100%' },
        text: `[error] Invalid: ${job.name}/${topic.name}: deadLetterRatio > 50% (100%). Investigate upstream`,
      },
      { alert: 'Invalid', status: 'resolved' },
    ]);
    expect(worker.output()).toMatch(/ALERT firing \[error\] Invalid:/);
    expect(worker.output()).not.toContain(receiver.url(''));
    await job.expectVerified(12);
  } finally {
    await worker.kill();
    await receiver.close();
  }
});

function isNotRepeated(kind: unknown, index: number, kinds: readonly unknown[]): boolean {
  return kind !== kinds[index - 1];
}

function statusOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
}
