import { expect, test } from 'vitest';
import { createTables, planTables } from '../../../src/cli/create-tables.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import { parseInlineJob } from '../../../src/spec/parse-job.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

async function jobWith(document: Readonly<Record<string, unknown>> = {}): Promise<JobSpec> {
  const folder = await scratchFolder();
  return parseInlineJob(
    { name: 'job', source: { topics: ['one', 'two'] }, table: { path: `${folder}/bronze_{topic}` }, ...document },
    { env: {}, workingFolder: folder },
  );
}

test('each topic of the job gets its table, once', async () => {
  const spec = await jobWith();
  const plans = planTables(spec, undefined);
  expect((await createTables(plans)).map(({ outcome }) => outcome)).toEqual([
    { kind: 'created', version: 0 },
    { kind: 'created', version: 0 },
  ]);
  expect((await createTables(plans)).map(({ outcome }) => outcome)).toEqual([
    { kind: 'exists', version: 0 },
    { kind: 'exists', version: 0 },
  ]);
  const state = await loadTableState(openObjectStore(plans[0]!.root));
  expect(state).toMatchObject({ schema: tableSchema(spec), partitionColumns: spec.table.partitionBy });
});

test('a table that does not fit is refused', async () => {
  const spec = await jobWith();
  await createTables(planTables(spec, ['one']));
  const other: JobSpec = { ...spec, table: { ...spec.table, partitionBy: [] } };
  await expect(createTables(planTables(other, ['one']))).rejects.toMatchObject({ code: 'TABLE_SCHEMA_MISMATCH' });
});

test('topics are those of the job, and must be named where it has a pattern', async () => {
  const spec = await jobWith();
  expect(() => planTables(spec, ['three'])).toThrow('does not read the topic three; it reads one, two');
  const byPattern: JobSpec = { ...spec, source: { ...spec.source, topics: { kind: 'pattern', pattern: 'o.*' } } };
  expect(() => planTables(byPattern, undefined)).toThrow('name some with --topic');
  expect(planTables(byPattern, ['other']).map(({ root }) => root)).toEqual([expect.stringMatching(/bronze_other$/)]);
});
