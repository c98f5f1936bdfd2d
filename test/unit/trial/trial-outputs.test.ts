import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseJob } from '../../../src/spec/parse-job.ts';
import { rangesOf, readerOf } from '../../../src/trial/given-records.ts';
import { runTrial } from '../../../src/trial/run-trial.ts';
import type { TrialOutput } from '../../../src/trial/trial-output.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

interface Reading {
  readonly id: number | null;
  readonly at?: string;
  readonly value?: number;
  readonly partition?: number;
}

/** The outputs of a job over readings, by name. Times are of one hour. */
async function outputsOf(outputs: string, readings: readonly Reading[]): Promise<ReadonlyMap<string, TrialOutput>> {
  const lake = await scratchFolder();
  const yaml = `
source: { topics: readings }
steps:
  parse: { schema: { id: int, ts: timestamp, value: bigint } }
  metadata: {}
table: { path: ${path.join(lake, 'readings')} }
outputs:
${outputs}`;
  const spec = parseJob(yaml, { fileName: 'readings.yaml', env: {} });
  const next = new Map<number, bigint>();
  const records = readings.map(({ id, at, value = 1, partition = 0 }) => {
    const offset = next.get(partition) ?? 0n;
    next.set(partition, offset + 1n);
    const ts = at === undefined ? null : `2026-01-27T10:${at}Z`;
    return {
      ...{ partition, offset, timestampMs: 1_800_000_000_000n, timestampType: 'CreateTime' as const },
      ...{ headers: [], key: null, value: Buffer.from(JSON.stringify({ id, ts, value })) },
    };
  });
  const trial = await runTrial(
    { spec, topic: 'readings', ranges: rangesOf('readings', records), plannedAtMs: 1_800_000_000_000 },
    { openReader: () => readerOf(records) },
    new AbortController().signal,
    ({ outputs: made }) => Promise.resolve(made),
  );
  expect(await readdir(lake)).toEqual([]);
  return new Map(trial.map((output) => [output.name, output]));
}

function rowsOf({ columns, rows, hasWindows }: TrialOutput): readonly unknown[] {
  return rows.map(({ isFinal, values }) => ({
    ...Object.fromEntries(columns.map(({ name }, index) => [name, values[index]])),
    ...(hasWindows ? { isFinal } : {}),
  }));
}

const at = (time: string): string => `2026-01-27T10:${time}.000Z`;

test.each(['update', 'append'])(
  'windows are there while they are open, and told from final ones (%s)',
  async (mode) => {
    const made = await outputsOf(
      `  sums: { window: { tumbling: 10 seconds }, eventTime: ts, watermark: 30 seconds, groupBy: [id], aggregates: { total: sum(value) }, mode: ${mode}, late: deadLetter }`,
      [
        { id: 1, at: '00:01', value: 2 },
        { id: 1, at: '00:02', value: 3 },
        { id: 2, at: '00:41', value: 5 },
        { id: 1, at: '00:09', value: 100 },
        { id: 1, at: '00:19', value: 7 },
        { id: 1 },
      ],
    );
    const sums = made.get('sums')!;
    expect(sums).toMatchObject({
      closedThrough: at('00:11'),
      counts: { taken: 4, late: 1, nullEventTime: 1 },
    });
    expect(rowsOf(sums)).toEqual([
      { window_start: at('00:40'), window_end: at('00:50'), id: 2, total: '5', isFinal: false },
      { window_start: at('00:10'), window_end: at('00:20'), id: 1, total: '7', isFinal: false },
      { window_start: at('00:00'), window_end: at('00:10'), id: 1, total: '5', isFinal: true },
    ]);
  },
);

test('a session is final a gap after its end', async () => {
  const made = await outputsOf(
    `  visits: { window: { session: 10 seconds }, eventTime: ts, watermark: 0 seconds, groupBy: [id], aggregates: { n: count(*) } }`,
    [
      { id: 1, at: '00:00' },
      { id: 2, at: '00:05' },
      { id: 3, at: '00:20' },
    ],
  );
  expect(rowsOf(made.get('visits')!)).toMatchObject([
    { id: 3, isFinal: false },
    { id: 2, window_end: at('00:15'), isFinal: false },
    { id: 1, window_end: at('00:10'), isFinal: true },
  ]);
});

test('the topic partition that is least far holds the watermark', async () => {
  const sums = `  sums: { window: { tumbling: 10 seconds }, eventTime: ts, watermark: 0 seconds, groupBy: [id], aggregates: { n: count(*) } }`;
  const readings = [
    { id: 1, at: '00:30' },
    { id: 2, at: '00:05', partition: 1 },
  ];
  expect((await outputsOf(sums, readings)).get('sums')).toMatchObject({ closedThrough: at('00:05') });
  const timeless = [...readings, { id: 3, partition: 2 }];
  expect((await outputsOf(sums, timeless)).get('sums')).not.toHaveProperty('closedThrough');
});

test('state of keys, changes and merged rows are what a table would hold', async () => {
  const made = await outputsOf(
    `  by_id: { groupBy: [id], aggregates: { n: count(*), latest: last(value) } }
  changed: { changes: { key: [id], of: [value] } }
  current: { merge: { key: [id], deleteWhen: value = 0 }, partitionBy: [id] }`,
    [
      { id: 1, value: 4 },
      { id: 2, value: 5 },
      { id: 1, value: 4 },
      { id: 1, value: 6 },
      { id: 2, value: 0 },
      { id: null, value: 7 },
    ],
  );
  expect(rowsOf(made.get('by_id')!)).toEqual([
    { id: 1, n: 3n, latest: 6n },
    { id: 2, n: 2n, latest: 0n },
    { id: null, n: 1n, latest: 7n },
  ]);
  expect(rowsOf(made.get('changed')!)).toMatchObject([
    { id: null, value: 7n, previous_value: null },
    { id: 2, value: 0n, previous_value: 5n },
    { id: 1, value: 6n, previous_value: 4n },
    { id: 2, value: 5n, previous_value: null },
    { id: 1, value: 4n, previous_value: null },
  ]);
  expect(rowsOf(made.get('current')!)).toEqual([{ id: 1, ts: null, value: 6n }]);
  expect(made.get('current')?.counts).toMatchObject({ taken: 5, nullKey: 1 });
});

test('without records outputs have no rows, and all their columns', async () => {
  const made = await outputsOf(`  by_id: { groupBy: [id], aggregates: { n: count(*) } }`, []);
  expect(made.get('by_id')).toMatchObject({ rows: [], columns: [{ name: 'id' }, { name: 'n' }], counts: { taken: 0 } });
});
