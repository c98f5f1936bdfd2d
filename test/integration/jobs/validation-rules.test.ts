import { expect } from 'vitest';
import { jobCommits } from '../../../src/lake/notes/job-commits.ts';
import { listRuleFailures } from '../../../src/model/batch/rule-failures.ts';
import { test } from '../../support/job-fixture.ts';
import { rawMetadata } from '../../support/test-job.ts';

test('what rules reject, flag and drop is counted per rule in the commit and in Temporal, and verify finds every offset', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  const values = Array.from({ length: 3000 }, (_, n) =>
    JSON.stringify({ n, ...(n % 10 === 0 ? {} : { id: `i${n}` }) }),
  );
  await topic.send(...values.map((value, n) => ({ partition: n % 2, value })));
  const job = await createJob({
    topics: [topic.name],
    document: {
      steps: {
        parse: { format: 'json', schema: { n: 'long', id: 'string' } },
        metadata: rawMetadata,
        validate: {
          rules: {
            'below 2900': { field: 'n', max: 2899 },
            'id is there': { field: 'id', required: true, onFailure: 'flag' },
            'no multiples of 3': { sql: 'n % 3 <> 0', onFailure: 'drop' },
          },
        },
      },
    },
  });
  await job.start();
  await job.untilCaughtUp();

  // Of 0 to 2899, 967 are multiples of 3; nothing rejects or drops the other 1,933.
  const { lanes } = await job.jobs.progress(job.name);
  expect(lanes).toMatchObject([{ totals: { rows: 1933, deadLetters: 100, drops: { failedRule: 967 } } }]);
  const report = await job.verify();
  expect(report.differences).toEqual([]);
  expect(report.topics[0]?.partitions.map(({ verdict }) => verdict)).toEqual(['same', 'same']);

  const notes = (await jobCommits(job.spec, 20)).flatMap(({ note }) => (note.kind === 'batch' ? [note] : []));
  const failed = notes.flatMap(({ ruleFailures = {} }) => listRuleFailures(ruleFailures));
  const total = (rule: string): number =>
    failed.reduce((sum, entry) => sum + (entry.rule === rule ? entry.records : 0), 0);
  expect([total('below 2900'), total('id is there'), total('no multiples of 3')]).toEqual([100, 300, 1000]);

  const batch = job.client.workflow.getHandle(`${job.name}/${topic.name}/0`);
  const details = await batch.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(details.currentDetails).toMatch(/\| no multiples of 3 \| drop \| [\d,]+ \|/);

  await job.jobs.reset(job.name, { to: 'earliest', rows: 'discard' });
  await job.untilCaughtUp();
  expect(await job.verify()).toMatchObject({ same: true, comparedRecords: 3000 });
});
