import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';

test('rows of committed transactions arrive, those of aborted ones never', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  const producer = await kafka.transactionalProducer();
  const committed = await producer.begin();
  await committed.send(topic.name, ...numbered(30, 1));
  await committed.commit();
  const aborted = await producer.begin();
  await aborted.send(topic.name, ...numbered(20, 1, 1000));
  await aborted.abort();
  await topic.send(...numbered(5, 1, 2000));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.stop(job.name);

  expect(lanes[0]?.totals).toMatchObject({ rows: 35, drops: { abortedTransaction: 20, controlRecord: 2 } });
  await job.expectVerified(35);
});
