import { randomUUID } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeOf } from '../../../src/delta/actions.ts';
import { protocolWithWriter } from '../../../src/delta/table-features.ts';
import { Connections, type TableHandle } from '../../../src/ingest/connections.ts';
import { headAction, headFeature, newHead } from '../../../src/ingest/outputs/output-head.ts';
import { packStagedFiles } from '../../../src/ingest/commit/staged-files.ts';
import { batchAppIdOf, epochAppIdOf } from '../../../src/model/table/app-id.ts';
import { vacuumTable, type VacuumOutcome, type VacuumRequest } from '../../../src/maintain/vacuum-table.ts';
import { collect } from '../../support/collect.ts';
import { commitActions, createTable } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const dayMs = 86_400_000;

interface Vacuumed {
  readonly table: TableHandle;
  /** A file that was written so many days ago, and whether the log has it. */
  readonly put: (path: string, daysAgo: number, inLog?: 'added' | 'removed' | 'removedLongAgo') => Promise<void>;
  readonly vacuum: (options?: Partial<VacuumRequest>) => Promise<VacuumOutcome>;
  readonly left: () => Promise<readonly string[]>;
}

async function tableToVacuum(properties: Readonly<Record<string, string>> = {}): Promise<Vacuumed> {
  const folder = await scratchFolder();
  const table = new Connections({ env: {} }).table(folder);
  await createTable(table.store, properties);
  const { signal } = new AbortController();
  return {
    table,
    put: async (path, daysAgo, inLog) => {
      const at = new Date(Date.now() - daysAgo * dayMs);
      await table.store.put(path, Buffer.from('data'));
      await utimes(join(folder, path), at, at);
      if (inLog === undefined) return;
      const add = { path, partitionValues: {}, size: 4, modificationTime: at.getTime(), dataChange: true };
      await commitActions(table.store, await table.refresh(), [{ add }]);
      const removedAtMs = Date.now() - (inLog === 'removed' ? 0 : 30 * dayMs);
      if (inLog !== 'added')
        await commitActions(table.store, await table.refresh(), [{ remove: removeOf(add, removedAtMs) }]);
    },
    vacuum: (options) => vacuumTable({ table, signal, ...options }),
    left: async () =>
      (await collect(table.store.list(''))).map(({ path }) => path).filter((path) => !path.startsWith('_delta_log')),
  };
}

describe('vacuum', () => {
  test('deletes what is old and belongs to no version that is kept', async () => {
    const { put, vacuum, left } = await tableToVacuum();
    await put('live.parquet', 30, 'added');
    await put('removed-now.parquet', 30, 'removed');
    await put('removed-long-ago.parquet', 40, 'removedLongAgo');
    await put('orphan.parquet', 30);
    await put('2026-01-01/orphan.parquet', 8);
    await put('young.parquet', 6);

    expect(await vacuum()).toEqual({
      listedFiles: 6,
      deletedFiles: 3,
      deletedBytes: 12,
      retentionMs: 7 * dayMs,
      unfinishedWrites: 0,
      samplePaths: ['2026-01-01/orphan.parquet', 'orphan.parquet', 'removed-long-ago.parquet'],
    });
    expect(await left()).toEqual(['live.parquet', 'removed-now.parquet', 'young.parquet']);
  });

  test('of a dry run deletes nothing', async () => {
    const { put, vacuum, left } = await tableToVacuum();
    await put('orphan.parquet', 30);

    expect(await vacuum({ dryRun: true })).toMatchObject({ deletedFiles: 1, samplePaths: ['orphan.parquet'] });
    expect(await left()).toEqual(['orphan.parquet']);
  });

  test('keeps the files of a batch that waits for its commit, however old', async () => {
    const { table, put, vacuum, left } = await tableToVacuum();
    await put('2026-01-01/staged.parquet', 30);
    const staged = {
      path: '2026-01-01/staged.parquet',
      sizeBytes: 4,
      recordCount: 1,
      partitionValues: {},
      stats: '{}',
    };
    await packStagedFiles(table.store, { job: 'job', topic: 'gps', epoch: 1, batch: 0 }, [staged]);

    expect(await vacuum()).toMatchObject({ deletedFiles: 0 });
    expect(await left()).toContain('2026-01-01/staged.parquet');
  });

  test('sweeps what a killed process has begun to write, in all folders', async () => {
    const { table, put, vacuum } = await tableToVacuum();
    const unfinished = (folder: string): string => `${folder}.part.parquet.${randomUUID()}.tmp`;
    const [data, log, young] = [unfinished('2026-01-01/'), unfinished('_delta_log/'), unfinished('')];
    await put(data, 8);
    await put(log, 8);
    await put(young, 6);

    expect(await vacuum({ dryRun: true })).toMatchObject({ unfinishedWrites: 2, deletedFiles: 0 });
    expect(await vacuum()).toMatchObject({ unfinishedWrites: 2, deletedFiles: 0 });
    expect(await Promise.all([data, log, young].map((path) => table.store.get(path)))).toEqual([
      undefined,
      undefined,
      Buffer.from('data'),
    ]);
  });

  test('leaves folders alone that begin with an underscore or a dot, unless they are of a partition value', async () => {
    const { put, vacuum, left } = await tableToVacuum();
    const others = ['.hidden/x', '_dropped/x.json', '_manifests/gps/0.json'];
    for (const path of others) await put(path, 30);
    await put('_event_date=2026-01-01/orphan.parquet', 30);

    expect(await vacuum()).toMatchObject({ deletedFiles: 1 });
    expect(await left()).toEqual(others);
  });
});

describe('vacuum of an output', () => {
  test('takes old parts and state that no commit can name any more, and what the head names never', async () => {
    const { table, put, vacuum, left } = await tableToVacuum();
    const lane = { job: 'job', topic: 'topic' };
    const named = ['_state/job/topic/1-2-named.parquet', '_state/job/topic/2-7-retired.parquet'];
    const [path = '', ...retired] = named;
    const stateFiles = [{ path, rows: 1, sizeBytes: 4, generation: 1 }];
    await commitActions(table.store, await table.refresh(), [
      { protocol: protocolWithWriter({ minReaderVersion: 1, minWriterVersion: 2 }, headFeature) },
      { txn: { appId: epochAppIdOf('job', 'topic'), version: '3' } },
      { txn: { appId: batchAppIdOf('job', 'topic'), version: '7' } },
      headAction(lane, { ...newHead('id', 'meaning', [], retired), stateFiles }),
    ]);
    for (const each of named) await put(each, 30);
    const kept = ['_staged/job/topic/3-8-waits.parquet', '_state/job/topic/3-8-waits.parquet'];
    for (const each of [...kept, '_staged/other/topic/1-1-unknown.parquet']) await put(each, 30);
    await put('_state/job/topic/3-7-young.parquet', 6);
    await put('_staged/job/topic/3-7-done.parquet', 8);
    await put('_state/job/topic/2-9-fenced.parquet', 8);

    expect(await vacuum()).toMatchObject({
      deletedFiles: 2,
      samplePaths: ['_staged/job/topic/3-7-done.parquet', '_state/job/topic/2-9-fenced.parquet'],
    });
    expect(await left()).toEqual(
      [
        ...[...named, ...kept],
        ...['_staged/other/topic/1-1-unknown.parquet', '_state/job/topic/3-7-young.parquet'],
      ].toSorted(),
    );
  });
});

describe('the retention', () => {
  test('is that of the table', async () => {
    const { put, vacuum } = await tableToVacuum({ 'delta.deletedFileRetentionDuration': 'interval 30 days' });
    await put('orphan.parquet', 29);
    expect(await vacuum()).toMatchObject({ deletedFiles: 0, retentionMs: 30 * dayMs });
  });

  test('is refused below that of the table, unless one says so', async () => {
    const { put, vacuum } = await tableToVacuum();
    await put('orphan.parquet', 2);
    await expect(vacuum({ retentionMs: dayMs })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining("is below the table's") as string,
    });
    expect(await vacuum({ retentionMs: dayMs, belowTableRetention: true })).toMatchObject({ deletedFiles: 1 });
  });

  test('is never below three hours', async () => {
    const { vacuum } = await tableToVacuum();
    const soon = vacuum({ retentionMs: 0, belowTableRetention: true });
    await expect(soon).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the least is 3 hours') as string,
    });
  });

  test('that is no duration is refused', async () => {
    const { vacuum } = await tableToVacuum({ 'delta.deletedFileRetentionDuration': 'long' });
    await expect(vacuum()).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' });
  });
});
