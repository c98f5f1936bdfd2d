import { onTestFinished, describe, expect, it } from 'vitest';
import { Connections } from '../../../../src/ingest/connections.ts';
import { TableCheckpoints } from '../../../../src/ingest/commit/table-checkpoints.ts';
import { createTransformPool, type TransformPool } from '../../../../src/ingest/transform-pool.ts';
import { readParquetRows } from '../../../../src/lake/table/table-log.ts';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import { addOf, createTable } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { untilTrue } from '../../../support/until-true.ts';

interface Fixture {
  readonly store: LocalObjectStore;
  readonly lines: string[];
  readonly checkpoints: TableCheckpoints;
  /** Commits so many times, past versions that others wrote. */
  readonly commit: (times: number) => Promise<number>;
}

async function fixture(
  engine: Pick<TransformPool, 'checkpoint'>,
  properties: Readonly<Record<string, string>> = {},
): Promise<Fixture> {
  const store = new LocalObjectStore(await scratchFolder());
  await createTable(store, properties);
  const lines: string[] = [];
  const checkpoints = new TableCheckpoints({ engine, logLine: (line) => lines.push(line) });
  const table = new Connections({ env: {}, readParquetRows, checkpoints }).table(store.root);
  let file = 0;
  const commit = async (times: number): Promise<number> => {
    for (let time = 0; time < times; time += 1) {
      file += 1;
      const add = addOf(`file-${file}`);
      const base = await table.refresh();
      await table.commit({ base, check: () => undefined, actions: () => [{ add }], commitInfo: { operation: 'TEST' } });
    }
    return (await table.refresh())?.version ?? -1;
  };
  return { store, lines, checkpoints, commit };
}

function realEngine(): TransformPool {
  const pool = createTransformPool({ size: 1, memoryBytes: 256 * 1024 * 1024 });
  onTestFinished(() => pool.close());
  return pool;
}

async function newestCheckpoint(store: LocalObjectStore): Promise<number | undefined> {
  return (await loadTableState(store, { readParquetRows }))?.checkpointVersion;
}

describe('log checkpoints of a table that is committed to', () => {
  it('come with every tenth commit, beside the commits', async () => {
    const { store, commit } = await fixture(realEngine());
    expect(await commit(9)).toBe(9);
    expect(await newestCheckpoint(store)).toBeUndefined();
    await commit(1);
    await untilTrue(async () => (await newestCheckpoint(store)) === 10);
    await commit(10);
    await untilTrue(async () => (await newestCheckpoint(store)) === 20);
  });

  it('come as often as the table says', async () => {
    const { store, commit } = await fixture(realEngine(), { 'delta.checkpointInterval': '3' });
    await commit(3);
    await untilTrue(async () => (await newestCheckpoint(store)) === 3);
  });

  it('fail no commit when they fail, are logged, and are due again after as many commits', async () => {
    let attempts = 0;
    const checkpoint = (): Promise<never> => {
      attempts += 1;
      return Promise.reject(new Error('the disk is full'));
    };
    const { store, lines, commit } = await fixture({ checkpoint });
    expect(await commit(10)).toBe(10);
    await untilTrue(() => Promise.resolve(lines.length === 1));
    expect(lines).toEqual([`checkpoint of ${store.root} failed, which costs only time: the disk is full`]);
    await commit(9);
    expect(attempts).toBe(1);
    await commit(1);
    await untilTrue(() => Promise.resolve(attempts === 2));
  });

  it('are left to other writers who wrote one already', async () => {
    const checkpoint = (): Promise<never> => Promise.reject(new Error('not needed'));
    const { store, lines, checkpoints, commit } = await fixture({ checkpoint });
    await commit(9);
    await store.put('_delta_log/_last_checkpoint', Buffer.from('{"version":9,"size":1}'));
    await commit(1);
    await checkpoints.close();
    expect(lines).toEqual([]);
  });
});
