import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { BatchManifest } from '../../../src/model/batch/batch-manifest.ts';
import { writeManifest } from '../../../src/observe/batch-manifest.ts';
import { collect } from '../../support/collect.ts';
import { readParquetRows } from '../../support/duckdb-parquet.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const counts = { deadLetters: 0, drops: {} };
const manifest: BatchManifest = {
  job: 'gps-job',
  topic: 'gps',
  batch: 7,
  version: 9,
  ranges: [
    { partition: 0, startOffset: '0', endOffset: '9007199254740993', rows: 3, ...counts },
    { partition: 1, startOffset: '5', endOffset: '6', rows: 1, ...counts },
  ],
  files: [
    { path: 's3://lake/gps/a.parquet', sizeBytes: 100, recordCount: 3 },
    { path: 's3://lake/gps/b.parquet', sizeBytes: 200, recordCount: 1 },
  ],
};
const offsets = '0[0, 9007199254740993) 1[5, 6)';

async function written(format: 'json' | 'text' | 'parquet', extension: string): Promise<string> {
  const folder = await scratchFolder();
  await writeManifest(folder, manifest, format);
  return `${folder}/_manifests/gps/00000000000000000007.${extension}`;
}

test('JSON has everything in one document', async () => {
  expect(JSON.parse(await readFile(await written('json', 'json'), 'utf8'))).toEqual({
    job: 'gps-job',
    topic: 'gps',
    batch: 7,
    version: 9,
    offsets: [
      { partition: 0, startOffset: '0', endOffset: '9007199254740993' },
      { partition: 1, startOffset: '5', endOffset: '6' },
    ],
    files: manifest.files,
  });
});

test('text has a line per file, below the offsets', async () => {
  expect(await readFile(await written('text', 'txt'), 'utf8')).toBe(
    `# job gps-job, topic gps, batch 7, version 9, offsets ${offsets}\n` +
      'path\tsizeBytes\trecordCount\ns3://lake/gps/a.parquet\t100\t3\ns3://lake/gps/b.parquet\t200\t1\n',
  );
});

test('Parquet has a row per file, with the offsets in each', async () => {
  const rows = await collect(readParquetRows(await written('parquet', 'parquet')));
  const origin = { job: 'gps-job', topic: 'gps', batch: 7, version: 9, offsets };
  expect(rows.map((row): unknown => JSON.parse(row))).toEqual([
    { path: 's3://lake/gps/a.parquet', size_bytes: 100, record_count: 3, ...origin },
    { path: 's3://lake/gps/b.parquet', size_bytes: 200, record_count: 1, ...origin },
  ]);
});
