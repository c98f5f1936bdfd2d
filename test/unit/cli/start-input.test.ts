import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startInput } from '../../../src/cli/start-input.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const orders = `
source: { topics: orders, security: { tls: true, sasl: { mechanism: PLAIN, username: '\${USER_OF}', password: '\${PASSWORD_OF}' } } }
steps: { parse: { schema: { id: bigint, at: timestamp } } }
table:
  path: /lake/\${FOLDER:-dev}/orders
environments: { prod: { trigger: 5 minutes, table: { properties: { a.b: c } } } }
tests: [{ name: one, records: [], expect: { rows: [] } }]
`;

async function jobsFolder(): Promise<string> {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'orders.yaml'), orders);
  return folder;
}

test('a name goes to the worker as it is, with what was asked for beside it', async () => {
  const flags = { jobsFolder: await jobsFolder() };
  expect((await startInput('orders', flags)).input).toBe('orders');
  const { input, spec } = await startInput('orders', { ...flags, environment: 'prod', kafkaTopic: 'orders.v2' });
  expect(input).toEqual({ job: 'orders', environment: 'prod', overrides: { source: { topics: 'orders.v2' } } });
  expect(spec).toMatchObject({ name: 'orders', trigger: { kind: 'interval' } });
});

test('the job of a file goes along whole, and a worker that has no such file makes the same of it', async () => {
  const flags = { jobsFolder: await jobsFolder(), environment: 'prod', outputPath: '/lake/${FOLDER:-dev}/v2' };
  const path = join(flags.jobsFolder, 'orders.yaml');
  const byPath = await startInput(path, { ...flags, jobsFolder: '/nowhere' });
  expect(byPath.input).not.toHaveProperty('tests');
  expect(JSON.stringify(byPath.input)).toContain('${PASSWORD_OF}');
  const env = { FOLDER: 'prod' };
  const sent = JSON.parse(JSON.stringify(byPath.input)) as JobDocument; // as Temporal hands it on
  const atWorker = loadJob(sent, { jobsFolder: '/nowhere', env });
  const { input } = await startInput('orders', flags);
  expect(atWorker).toEqual(loadJob(input, { jobsFolder: flags.jobsFolder, env }));
  expect(atWorker.table.path).toBe('/lake/prod/v2');
});

test('a file that is not there, or not in order, is said to be so before anything starts', async () => {
  const folder = await jobsFolder();
  await writeFile(join(folder, 'bad.yaml'), 'source: { topic: x }');
  await expect(startInput(join(folder, 'absent.yaml'), { jobsFolder: folder })).rejects.toMatchObject({
    code: 'SPEC_NOT_FOUND',
  });
  await expect(startInput(join(folder, 'bad.yaml'), { jobsFolder: folder })).rejects.toMatchObject({
    code: 'SPEC_INVALID',
    message: expect.stringContaining('did you mean topics?') as string,
  });
});
