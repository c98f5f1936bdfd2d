/**
 * What finding duplicates costs, without Kafka: in a batch, and against a table of many files.
 *
 *   node bench/deduplicate.ts [records per batch] [files of the table] [memory MiB]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newTableActions } from '../src/delta/new-table.ts';
import { commitTransaction } from '../src/delta/commit/transaction.ts';
import { loadTableState } from '../src/delta/load-table-state.ts';
import { addActionsOf } from '../src/ingest/commit/staged-adds.ts';
import { unpackStagedFiles } from '../src/ingest/commit/staged-files.ts';
import { transformGroup } from '../src/ingest/transform/transform-group.ts';
import type { TransformedGroup } from '../src/model/batch/batch.ts';
import type { DeduplicateStep } from '../src/model/job/deduplicate-rule.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { StagedFile } from '../src/model/batch/staged-file.ts';
import { openObjectStore } from '../src/storage/open-object-store.ts';
import { tableSchema } from '../src/transform/table-schema.ts';
import { shapeBatches, shapePlan, shapeSpec } from './engine-shapes.ts';

const hourMs = 3_600_000;
const inBatch = { keep: 'first', scope: 'batch', nullKeys: 'distinct' } as const;
const againstTable = { keep: 'first', scope: 'table', nullKeys: 'distinct' } as const;
const window = { field: '_kafka_timestamp', widthMs: hourMs };

const coordinates = ['_kafka_partition', '_kafka_offset'];

/** Events repeat after 20,000 records; coordinates never do. */
const cases: readonly (readonly [what: string, step: DeduplicateStep | undefined])[] = [
  ['no deduplication', undefined],
  ['in the batch, no duplicates', { ...inBatch, key: coordinates }],
  ['in the batch, nearly all duplicates', { ...inBatch, key: ['event_id'], keep: 'latest' }],
  ['against the table, 1 hour', { ...againstTable, key: coordinates, window }],
  ['against the whole table', { ...againstTable, key: coordinates }],
];

interface Bench {
  readonly folder: string;
  readonly records: number;
  readonly memoryBytes: number;
}

function specOf({ folder }: Bench, deduplicate: DeduplicateStep | undefined): JobSpec {
  const spec = shapeSpec('structured', join(folder, 'table'));
  const table = { ...spec.table, partitionBy: [] };
  return { ...spec, table, steps: { ...spec.steps, ...(deduplicate === undefined ? {} : { deduplicate }) } };
}

async function transform(bench: Bench, spec: JobSpec, readVersion: number, partition = 0): Promise<TransformedGroup> {
  const plan = shapePlan('structured', partition, bench.records);
  return transformGroup(
    {
      spec,
      plan: { ...plan, readVersion },
      group: plan.groups[0]!,
      tableRoot: spec.table.path,
      deadLetterRoot: spec.deadLetter.path,
      scratchFolder: join(bench.folder, 'scratch'),
      memoryBytes: bench.memoryBytes,
    },
    new AbortController().signal,
    {
      openReader: () => ({
        readRanges: ([range]) => shapeBatches('structured', range!),
        close: () => Promise.resolve(),
      }),
    },
  );
}

/** A table whose files lie two hours apart. Only the newest of them holds rows of the batch. */
async function makeTable(bench: Bench, fileCount: number): Promise<number> {
  const spec = specOf(bench, undefined);
  const store = openObjectStore(spec.table.path);
  const written = async (partition: number): Promise<readonly [StagedFile, Uint8Array]> => {
    const [file] = await unpackStagedFiles(store, (await transform(bench, spec, 0, partition)).dataFiles);
    const bytes = file && (await store.get(file.path));
    if (!file || !bytes) throw new Error('nothing was written');
    return [file, bytes];
  };
  const [newest, older] = [await written(0), await written(1)];
  const schema = tableSchema(spec);
  const commit = async (actions: Parameters<typeof addActionsOf>[0] | 'create'): Promise<void> => {
    await commitTransaction(store, {
      base: await loadTableState(store),
      check: () => undefined,
      actions: () =>
        actions === 'create' ? newTableActions({ schema, partitionColumns: [] }) : addActionsOf(actions, Date.now()),
      commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {} },
    });
  };
  await commit('create');
  for (let hours = 0; hours < 2 * fileCount; hours += 2) {
    const path = `hour-${hours}.parquet`;
    const [file, bytes] = hours === 0 ? newest : older;
    await store.put(path, bytes);
    const shift = (text: string): string => new Date(Date.parse(text) - hours * hourMs).toISOString();
    await commit([{ ...file, path, stats: file.stats.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, shift) }]);
  }
  return fileCount;
}

async function measure(bench: Bench, what: string, step: DeduplicateStep | undefined, version: number): Promise<void> {
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const { counts, duplicates } = await transform(bench, specOf(bench, step), version);
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  const rows = counts.reduce((sum, range) => sum + range.rows, 0);
  console.log(
    `${what.padEnd(36)} ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU s; peak ${Math.round(peakBytes / 1e6)} MB; ` +
      `${rows} rows, duplicates ${JSON.stringify(duplicates ?? {})}`,
  );
}

const [records = '200000', files = '100', memory = '512', only = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'bronze-bench-'));
try {
  const bench = { folder, records: Number(records), memoryBytes: Number(memory) * 1024 * 1024 };
  const version = await makeTable(bench, Number(files));
  for (const [what, step] of cases) if (what.includes(only)) await measure(bench, what, step, version);
} finally {
  await rm(folder, { recursive: true, force: true });
}
