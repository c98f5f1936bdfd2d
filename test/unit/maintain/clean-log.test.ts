import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classicCheckpointPath, commitPath, compactionPath } from '../../../src/delta/log/log-path.ts';
import { Connections, type TableHandle } from '../../../src/ingest/connections.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import { cleanLog, type CleanLogOutcome } from '../../../src/maintain/clean-log.ts';
import { ageLog } from '../../support/age-log.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { v2Protocol } from '../../support/checkpointed-table.ts';
import { collect } from '../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const dayMs = 86_400_000;
const midnight = Date.now() - (Date.now() % dayMs);
/** So many days before the midnight that is before the default retention. */
const daysBeforeCut = (days: number): Date => new Date(midnight - (30 + days) * dayMs);

interface CleanedTable {
  readonly table: TableHandle;
  /** Commits up to a version, and gives every file of the log without an age this one. */
  readonly commitUpTo: (version: number, writtenAt: Date) => Promise<void>;
  readonly clean: (dryRun?: boolean) => Promise<CleanLogOutcome>;
  readonly log: () => Promise<readonly string[]>;
}

async function openTable(): Promise<TableHandle> {
  return new Connections({ env: {}, readParquetRows }).table(await scratchFolder());
}

async function tableToClean(properties: Readonly<Record<string, string>> = {}): Promise<CleanedTable> {
  const table = await openTable();
  await createTable(table.store, properties);
  const aged = new Set<string>();
  const names = async (): Promise<string[]> => (await collect(table.store.list('_delta_log/'))).map(({ path }) => path);
  return {
    table,
    commitUpTo: async (version, writtenAt) => {
      for (let next = ((await table.refresh())?.version ?? -1) + 1; next <= version; next += 1) {
        await commitActions(table.store, await table.refresh(), [{ add: addOf(`file-${next}`) }]);
      }
      for (const path of await ageLog(table.store, writtenAt, aged)) aged.add(path);
    },
    clean: (dryRun = false) => cleanLog({ table, dryRun, signal: new AbortController().signal }),
    log: async () => (await names()).map((path) => path.slice('_delta_log/'.length)).filter((name) => /^\d/.test(name)),
  };
}

/** Checkpoints of 3 and 6 among eleven commits: all up to 7 are old enough. */
async function elevenCommits(properties?: Readonly<Record<string, string>>): Promise<CleanedTable> {
  const made = await tableToClean(properties);
  await made.commitUpTo(3, daysBeforeCut(9));
  await checkpointTable(made.table.store);
  await made.commitUpTo(6, daysBeforeCut(5));
  await checkpointTable(made.table.store);
  await made.commitUpTo(7, daysBeforeCut(0));
  await made.commitUpTo(10, new Date());
  return made;
}

const shortNames = (names: readonly string[]): string[] => names.map((name) => name.replace(/^0+(?=\d)/, ''));

describe('log clean-up', () => {
  test('leaves the newest checkpoint of before the retention, its entry, and all that follows', async () => {
    const { table, clean, log } = await elevenCommits();
    const before = await collect(table.files((await table.refresh())!));

    expect(await clean()).toMatchObject({ kind: 'cleaned', deletedFiles: 7, firstVersion: 6, retentionMs: 30 * dayMs });
    expect(shortNames(await log())).toEqual([
      '6.checkpoint.parquet',
      '6.json',
      '7.json',
      '8.json',
      '9.json',
      '10.json',
    ]);
    const fresh = new Connections({ env: {}, readParquetRows }).table(table.store.root);
    const state = (await fresh.refresh())!;
    expect(state.version).toBe(10);
    expect(await collect(fresh.files(state))).toEqual(before);
    expect((await fresh.at(8))?.version).toBe(8);
    expect(await fresh.at(5)).toBeUndefined();
    expect(await clean()).toMatchObject({ kind: 'cleaned', deletedFiles: 0 });
  });

  test('cuts at midnight: a commit of that moment is the last that may be reached from before', async () => {
    const { table, commitUpTo, clean } = await tableToClean();
    await commitUpTo(4, daysBeforeCut(1));
    await checkpointTable(table.store);
    await commitUpTo(5, new Date(daysBeforeCut(0).getTime() + 1));
    expect(await clean(true)).toMatchObject({ firstVersion: 4 });

    const other = await tableToClean();
    await other.commitUpTo(4, new Date(daysBeforeCut(0).getTime() + 1));
    await checkpointTable(other.table.store);
    await other.commitUpTo(5, new Date());
    expect(await other.clean(true)).toEqual({
      kind: 'cleaned',
      deletedFiles: 0,
      deletedBytes: 0,
      retentionMs: 30 * dayMs,
    });
  });

  test('of a dry run deletes nothing', async () => {
    const { clean, log } = await elevenCommits();
    const before = await log();
    expect(await clean(true)).toMatchObject({ deletedFiles: 7, firstVersion: 6 });
    expect(await log()).toEqual(before);
  });

  test('goes by the retention of the table, and leaves its log alone where the table says so', async () => {
    const longer = await elevenCommits({ 'delta.logRetentionDuration': 'interval 38 days' });
    expect(await longer.clean()).toMatchObject({ firstVersion: 3, retentionMs: 38 * dayMs });
    const never = await elevenCommits({ 'delta.enableExpiredLogCleanup': 'false' });
    expect(await never.clean()).toEqual({ kind: 'disabled' });
    expect(await never.log()).toHaveLength(13);
    const unclear = await elevenCommits({ 'delta.logRetentionDuration': 'long' });
    await expect(unclear.clean()).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' });
  });

  test('takes compacted files that reach over the cut, and checksums', async () => {
    const { table, commitUpTo, clean, log } = await elevenCommits();
    await table.store.put(compactionPath(5, 8), Buffer.from('{}'));
    await table.store.put(compactionPath(7, 8), Buffer.from('{}'));
    for (const version of [2, 6]) {
      await table.store.put(commitPath(version).replace('.json', '.crc'), Buffer.from('{}'));
    }
    await commitUpTo(10, new Date());
    expect(await clean()).toMatchObject({ deletedFiles: 9 });
    const left = shortNames(await log());
    expect(left).toContain('6.crc');
    expect(left.filter((name) => name.includes('compacted'))).toEqual(['7.00000000000000000008.compacted.json']);
  });

  test('relies on no checkpoint that cannot be read', async () => {
    const { table, clean, log } = await elevenCommits();
    await truncate(join(table.store.root, classicCheckpointPath(6)), 600);
    expect(await clean()).toMatchObject({ firstVersion: 3, deletedFiles: 3 });
    await truncate(join(table.store.root, classicCheckpointPath(3)), 600);
    expect(await clean()).toMatchObject({ deletedFiles: 0 });
    expect(shortNames(await log())).toContain('3.json');
  });

  test('lets a writer go on that last saw a version which is gone', async () => {
    const { table, clean } = await elevenCommits();
    const old = await table.at(4);
    await clean();
    const outcome = await table.commit({
      base: old,
      check: () => undefined,
      actions: () => [{ add: addOf('late') }],
      commitInfo: { operation: 'TEST' },
    });
    expect(outcome).toMatchObject({ kind: 'committed', version: 11 });
  });
});

test('sidecars go once no checkpoint that is kept names them, and after a day', async () => {
  const { table, commitUpTo, clean } = await tableToClean();
  await writeRawEntry(table.store, 1, [v2Protocol]);
  const sidecars = async (): Promise<string[]> =>
    (await collect(table.store.list('_delta_log/_sidecars/'))).map(({ path }) => path);
  await commitUpTo(3, daysBeforeCut(9));
  await checkpointTable(table.store);
  const [first] = await sidecars();
  await commitUpTo(6, daysBeforeCut(5));
  await checkpointTable(table.store);
  const second = (await sidecars()).find((path) => path !== first);
  await commitUpTo(7, daysBeforeCut(1));
  await table.store.put('_delta_log/_sidecars/in-the-making.parquet', Buffer.from('PAR1'));

  expect(await clean()).toMatchObject({ firstVersion: 6, deletedFiles: 8 });
  expect(await sidecars()).toEqual([second, '_delta_log/_sidecars/in-the-making.parquet'].toSorted());
  expect(await collect(table.files((await table.refresh())!))).toHaveLength(6);
});
