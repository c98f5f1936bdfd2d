import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { newTableActions } from '../../src/delta/new-table.ts';
import { Connections, type TableHandle } from '../../src/ingest/connections.ts';
import { packStagedFiles } from '../../src/ingest/commit/staged-files.ts';
import { appIdOf, epochAppIdOf } from '../../src/model/table/app-id.ts';
import type { CommitRequest } from '../../src/model/requests/lane-requests.ts';
import type { StagedFile } from '../../src/model/batch/staged-file.ts';
import { parseInlineJob } from '../../src/spec/parse-job.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { tableSchema } from '../../src/transform/table-schema.ts';

const topicPartition = { topic: 'gps', topicId: 'an-id', partition: 0 };
const range = { ...topicPartition, startOffset: '0', endOffset: '400' } as const;

export interface StagedBatch {
  readonly connections: Connections;
  readonly rows: TableHandle;
  readonly deadLetters: TableHandle;
  readonly request: CommitRequest;
}

/**
 * The first batch of epoch 1 of a lane, staged and not committed: 200 rows and 200 dead letters over very many partition
 * values, so what was staged is listed in a file of its own. The Parquet files themselves are not there.
 */
export async function stagedBatch(): Promise<StagedBatch> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-commit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const spec = parseInlineJob(
    {
      name: 'job',
      source: { topics: ['gps'] },
      table: { path: `${folder}/bronze_{topic}` },
      deadLetter: { path: `${folder}/dlq_{topic}` },
    },
    { env: {}, workingFolder: folder },
  );
  const connections = new Connections({ env: {} });
  const table = connections.table(`${folder}/bronze_gps`);
  await table.commit({
    base: undefined,
    check: () => undefined,
    actions: () => [
      ...newTableActions({ schema: tableSchema(spec), partitionColumns: spec.table.partitionBy }),
      { txn: { appId: epochAppIdOf('job', 'gps'), version: '1' } },
      { txn: { appId: appIdOf('job', topicPartition), version: '0' } },
    ],
    commitInfo: { operation: 'CREATE TABLE', operationParameters: {} },
  });
  const files = (partitionColumns: readonly string[]): StagedFile[] =>
    Array.from({ length: 200 }, (_, index) => ({
      path: `2026-01-01/${String(index)}.parquet`,
      sizeBytes: 1,
      recordCount: 1,
      partitionValues: Object.fromEntries(partitionColumns.map((name) => [name, String(index)])),
      stats: JSON.stringify({ numRecords: 1, padding: 'x'.repeat(1000) }),
    }));
  const plan = {
    job: 'job',
    topic: 'gps',
    batch: 0,
    epoch: 1,
    plannedAtMs: Date.now(),
    ranges: [{ ...range, storedOffset: '0' } as const],
    groups: [{ group: 0, ranges: [range] }],
    lagOffsets: '0',
  } as const;
  const group = {
    group: 0,
    dataFiles: await packStagedFiles(table.store, plan, files(spec.table.partitionBy)),
    deadLetterFiles: await packStagedFiles(openObjectStore(`${folder}/dlq_gps`), plan, files(['partition_date'])),
    counts: [{ partition: 0, startOffset: '0', endOffset: '400', rows: 200, deadLetters: 200, drops: {} } as const],
    deadLettersByCode: { TOMBSTONE: 200 },
    inputBytes: 1,
    outputBytes: 1,
    durations: { fetchMs: 0, transformMs: 0, writeMs: 0 },
  };
  const deadLetters = connections.table(`${folder}/dlq_gps`);
  return { connections, rows: table, deadLetters, request: { spec, plan, groups: [group] } };
}
