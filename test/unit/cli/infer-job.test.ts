import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { inferJob, writeNewFile } from '../../../src/cli/infer-job.ts';
import { testJobs } from '../../../src/cli/test-jobs.ts';
import { validateJobs } from '../../../src/cli/validate-jobs.ts';
import type { Drops } from '../../../src/model/batch/batch.ts';
import { parseJob } from '../../../src/spec/parse-job.ts';
import { rangesOf, readerOf } from '../../../src/trial/given-records.ts';
import { runTrial } from '../../../src/trial/run-trial.ts';
import { kafkaRecord } from '../../support/run-pipeline.ts';
import { SmallRegistry } from '../../support/schema-registry.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const signal = new AbortController().signal;
const env = { LAKE_PATH: '/lake' };

let registry: SmallRegistry | undefined;
afterEach(() => registry?.stop());

/** Records of all kinds, with private values that are easy to find again. */
function sampleLines(): readonly string[] {
  return Array.from({ length: 150 }, (_, index) =>
    JSON.stringify({
      order_id: `o-${index}`,
      eventTime: 1_769_508_000_000 + index,
      placed: `2026-01-${String((index % 28) + 1).padStart(2, '0')} 10:00:00+01:00`,
      status: ['NEW', 'PAID', 'SENT'][index % 3],
      total: index / 4,
      score: index % 2 === 0 ? index : index / 3,
      mixed: [1, 'two', { three: 3 }, [4], null, true][index % 6],
      customer: { name: `Private${index}`, email: `private${index}@example.com`, since: '2020-02-29' },
      items: index % 5 === 0 ? [] : [{ sku: 'a', 'odd name': 1, qty: index }],
      counts: { [String(index)]: index },
      'key: "x" # y': index,
      no: index,
      $price: 1.5,
      _raw_value: 'taken',
      ...(index % 2 === 0 ? { Note: 'a ${TEXT}' } : {}),
    }),
  );
}

async function inferredFile(lines: readonly string[]): Promise<string> {
  const folder = await scratchFolder();
  const [fromFile, output] = [path.join(folder, 'sample.jsonl'), path.join(folder, 'orders.yaml')];
  await writeFile(fromFile, lines.join('\n'));
  await writeNewFile(output, await inferJob({ topic: 'Orders.v1', records: 5000, fromFile, output, env, signal }));
  return output;
}

it('writes a job that is valid, whose test passes, and that takes the whole sample', async () => {
  const lines = sampleLines();
  const file = await inferredFile(lines);
  expect((await validateJobs([file], { jobsFolder: '', env })).flatMap(({ problems }) => problems)).toEqual([]);
  for await (const report of testJobs([file], { jobsFolder: '', env, signal })) {
    expect(report).toMatchObject({ problems: [], results: [{ passed: true, differences: [] }] });
  }

  const spec = parseJob(await readFile(file, 'utf8'), { fileName: file, env });
  expect(spec.table.partitionBy).toEqual(['_event_date']);
  const records = lines.map((value, offset) => kafkaRecord({ value }, offset));
  const dryRun = await runTrial(
    { spec, topic: 'Orders.v1', ranges: rangesOf('Orders.v1', records), plannedAtMs: 0 },
    { openReader: () => readerOf(records) },
    signal,
    async ({ result, files }) => ({ counts: result.counts, columns: files.columns, rows: await files.rows() }),
  );
  const noDrops: Drops = {};
  expect(dryRun.counts).toMatchObject([{ rows: 150, deadLetters: 0, drops: noDrops }]);
  const eventDate = dryRun.columns.findIndex(({ name }) => name === '_event_date');
  expect(dryRun.rows.filter(({ values }) => values[eventDate] === null)).toEqual([]);
});

it('says what was seen, and shows no value that may be about a person', async () => {
  const file = await inferredFile(sampleLines());
  const text = await readFile(file, 'utf8');
  expect(text).toContain('from 150 records (the lines of a file), 150 of them JSON objects');
  expect(text).toContain('status: string # 100 %; one of: NEW, PAID, SENT');
  expect(text).toContain('Note: string # 50.0 %');
  expect(text).toContain('mixed: string # 83.3 %; mixed types: number 20.0 %');
  expect(text).toContain('#     customer.email: { method: hash }');
  expect(text).not.toMatch(/Private|private|o-1|2020-02-29|odd name|\{ key: \d/);
});

it('leaves a file that is there as it is', async () => {
  const file = await inferredFile(['{"a":1}']);
  await expect(writeNewFile(file, 'other')).rejects.toMatchObject({ code: 'USAGE' });
  expect(await readFile(file, 'utf8')).toContain('a: int # 100 %; 1 to 1');
});

it('counts what is no object, and gives up where nothing is', async () => {
  const text = await readFile(await inferredFile(['{"a":1}', 'broken', '[1]', '5']), 'utf8');
  expect(text).toContain('# records that are no JSON: 1\n# records that are JSON, but no object: 2\n');
  await expect(inferredFile(['broken', '{}'])).rejects.toMatchObject({ code: 'USAGE' });
});

it('takes the columns of a registry', async () => {
  registry = await SmallRegistry.start();
  const at = { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } };
  const fields = [{ name: 'id', type: 'long' }, at];
  registry.register(1, 'orders-value', 1, { schema: JSON.stringify({ type: 'record', name: 'O', fields }) });
  const asked = { topic: 'orders', records: 1, registry: `${registry.url}/`, env, signal };
  const file = path.join(await scratchFolder(), 'orders.yaml');
  await writeNewFile(file, await inferJob(asked));
  expect(await readFile(file, 'utf8')).toContain('#   at: timestamp\n');
  const [report] = await validateJobs([file], { jobsFolder: '', env });
  expect(report).toMatchObject({ problems: [], spec: { table: { partitionBy: ['_event_date'] } } });
  await expect(inferJob({ ...asked, topic: 'other' })).rejects.toMatchObject({ code: 'USAGE' });
});
