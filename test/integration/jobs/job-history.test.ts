import { expect } from 'vitest';
import { jobCommits } from '../../../src/lake/notes/job-commits.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';

test('the history of a job with a topic pattern has the batches of every topic, and of no other job', async ({
  kafka,
  createJob,
}) => {
  const [first, second, other] = [await kafka.createTopic(), await kafka.createTopic(), await kafka.createTopic()];
  for (const topic of [first, second, other]) await topic.send(...numbered(10, 1));
  const topicPattern = `${first.name}|${second.name}`;
  const job = await createJob({ topics: [first.name], source: { topics: null, topicPattern } });
  const stranger = await createJob({ topics: [other.name] });
  for (const started of [job, stranger]) await started.start();
  for (const started of [job, stranger]) await started.untilCaughtUp();

  const batches = (await jobCommits(job.spec, 20)).filter(({ note }) => note.kind === 'batch');
  expect(batches.map(({ note }) => note.topic).toSorted()).toEqual([first.name, second.name].toSorted());
});
