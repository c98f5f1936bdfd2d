import { describe, expect, onTestFinished, test } from 'vitest';
import { removeOf, type AddAction } from '../../../src/delta/actions.ts';
import { Connections, type TableHandle } from '../../../src/ingest/connections.ts';
import { optimizeTable, type OptimizeRequest } from '../../../src/maintain/optimize-table.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { collect } from '../../support/collect.ts';
import { commitActions } from '../../support/delta-table.ts';
import { queryLake } from '../../support/query-lake.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { addTrips, makeSmallLake } from '../../support/small-lake.ts';

interface Small {
  readonly lake: string;
  readonly table: TableHandle;
  readonly optimize: (options?: Partial<OptimizeRequest>) => ReturnType<typeof optimizeTable>;
  readonly rewrite: OptimizeRequest['rewrite'];
}

/** Trips of two dates with a file each, and of a third one with four files. */
async function tripsInSmallFiles(): Promise<Small> {
  const lake = await makeSmallLake(await scratchFolder());
  for (const from of [20, 30, 40, 50]) await addTrips(lake, from);
  const pool = createRewritePool({ memoryBytes: 256 * 1024 * 1024 });
  onTestFinished(() => pool.close());
  const table = new Connections({ env: {} }).table(`${lake}/bronze_trips`);
  const { signal } = new AbortController();
  const request = { table, rewrite: pool.rewrite, signal, targetFileSizeBytes: 64 * 1024 * 1024 };
  return { lake, table, rewrite: pool.rewrite, optimize: (options) => optimizeTable({ ...request, ...options }) };
}

async function filesOf({ table }: Small): Promise<AddAction[]> {
  const state = await table.refresh();
  return state ? collect(table.files(state)) : [];
}

const rowsOf = ({ table }: Small, order = 'trip_id'): Promise<Record<string, unknown>[]> =>
  queryLake(table.store.root, `SELECT * FROM t ORDER BY ${order}`);

/** Does something else at the moment when the files of a bin are written and not committed. */
function meanwhile({ rewrite }: Small, other: (bin: number) => Promise<unknown>): OptimizeRequest['rewrite'] {
  let bin = 0;
  return async (request, signal) => {
    const staged = await rewrite(request, signal);
    await other(bin++);
    return staged;
  };
}

describe('optimize', () => {
  test('joins the small files of a partition value, and nothing that a reader sees changes', async () => {
    const small = await tripsInSmallFiles();
    const before = await rowsOf(small);
    const outcome = await small.optimize();

    expect(outcome).toMatchObject({ bins: 1, removedFiles: 4, addedFiles: 1, lostBins: 0, version: 7 });
    expect(await rowsOf(small)).toEqual(before);
    const [joined, ...others] = await filesOf(small);
    expect(others.map(({ path }) => path)).toEqual(['b.parquet', 'a.parquet']);
    expect(joined).toMatchObject({ partitionValues: { _date: '2026-11-21' }, dataChange: false });
    expect(JSON.parse(joined?.stats ?? '')).toMatchObject({
      numRecords: 40,
      minValues: { _kafka_offset: 10 },
      maxValues: { _kafka_offset: 29, _ingested_at: '2026-11-20T09:00:59.000Z' },
    });
  });

  test('has nothing to do the second time', async () => {
    const small = await tripsInSmallFiles();
    await small.optimize();
    expect(await small.optimize()).toMatchObject({ bins: 0, version: undefined });
  });

  test('fills columns that older files do not have with nulls', async () => {
    const small = await tripsInSmallFiles();
    const state = await small.table.refresh();
    const schema = JSON.parse(state!.metaData.schemaString) as { fields: unknown[] };
    schema.fields.push({ name: 'tip', type: 'long', nullable: true, metadata: {} });
    await commitActions(small.table.store, state, [
      { metaData: { ...state!.metaData, schemaString: JSON.stringify(schema) } },
    ]);
    await small.optimize({ clustering: { kind: 'sort', columns: ['trip_id'] } });

    expect(await queryLake(small.table.store.root, 'SELECT DISTINCT tip FROM t')).toEqual([{ tip: null }]);
  });
});

test('rewritten files with other rows than before are never committed', async () => {
  const small = await tripsInSmallFiles();
  const before = await rowsOf(small);
  const losing: OptimizeRequest['rewrite'] = async (request, signal) =>
    small.rewrite({ ...request, files: request.files.slice(1) }, signal);

  await expect(small.optimize({ rewrite: losing })).rejects.toMatchObject({ code: 'INTERNAL' });
  expect(await rowsOf(small)).toEqual(before);
});

describe('beside other writers', () => {
  test('what is appended meanwhile stays', async () => {
    const small = await tripsInSmallFiles();
    const outcome = await small.optimize({ rewrite: meanwhile(small, () => addTrips(small.lake, 60)) });

    expect(outcome).toMatchObject({ lostBins: 0, version: 8 });
    expect(await rowsOf(small)).toHaveLength(70);
  });

  test('a bin that lost one of its files is given up, with its files', async () => {
    const small = await tripsInSmallFiles();
    const [newest] = await filesOf(small);
    const remove = async (): Promise<unknown> =>
      commitActions(small.table.store, await small.table.refresh(), [{ remove: removeOf(newest!, Date.now()) }]);
    const outcome = await small.optimize({ rewrite: meanwhile(small, remove) });

    expect(outcome).toMatchObject({ bins: 1, lostBins: 1, removedFiles: 0, version: undefined });
    expect(await rowsOf(small)).toHaveLength(50);
    const left = await collect(small.table.store.list(''));
    expect(left.filter(({ path }) => path.endsWith('.snappy.parquet'))).toEqual([]);
  });

  test('a file that went before the first of several commits does not come back with a later one', async () => {
    const small = await tripsInSmallFiles();
    const clustering = { kind: 'sort', columns: ['trip_id'] } as const;
    const of19 = (await filesOf(small)).find(({ path }) => path === 'a.parquet');
    const remove = async (bin: number): Promise<unknown> =>
      bin === 0 &&
      commitActions(small.table.store, await small.table.refresh(), [{ remove: removeOf(of19!, Date.now()) }]);
    const outcome = await small.optimize({ clustering, rewrite: meanwhile(small, remove) });

    expect(outcome).toMatchObject({ bins: 3, lostBins: 1 });
    expect(await rowsOf(small)).toHaveLength(50);
  });

  test('another schema makes it give up, at once', async () => {
    const small = await tripsInSmallFiles();
    const written: number[] = [];
    const change = async (bin: number): Promise<unknown> => {
      written.push(bin);
      const state = await small.table.refresh();
      return commitActions(small.table.store, state, [{ metaData: { ...state!.metaData, description: 'changed' } }]);
    };
    const clustering = { kind: 'sort', columns: ['trip_id'] } as const;
    const outcome = await small.optimize({ clustering, rewrite: meanwhile(small, change) });
    expect(outcome).toMatchObject({ bins: 3, lostBins: 3 });
    expect(written).toEqual([0]);
  });
});

describe('with a clustering', () => {
  test('rows are sorted within the files, which are not sorted again', async () => {
    const small = await tripsInSmallFiles();
    const clustering = { kind: 'sort', columns: ['_kafka_partition', 'fare'] } as const;
    expect(await small.optimize({ clustering })).toMatchObject({ bins: 3 });

    const [joined] = (await filesOf(small)).filter(({ partitionValues }) => partitionValues['_date'] === '2026-11-21');
    const rows = await queryLake(
      small.table.store.root,
      `SELECT _kafka_partition, fare FROM t WHERE trip_id >= 9007199254741012`,
    );
    const keys = rows.map((row) => Number(row['_kafka_partition']) * 1000 + Number(row['fare']));
    expect(keys).toHaveLength(40);
    expect(keys).toEqual(keys.toSorted((left, right) => left - right));
    expect(joined?.tags).toEqual({ 'kafkaBronze.clustering': 'sort(_kafka_partition, fare)' });
    expect(await small.optimize({ clustering })).toMatchObject({ bins: 0 });
  });

  test('by a column that is none, or of a partition, is refused', async () => {
    const small = await tripsInSmallFiles();
    for (const column of ['nothing', '_date']) {
      await expect(small.optimize({ clustering: { kind: 'zOrder', columns: [column] } })).rejects.toMatchObject({
        code: 'USAGE',
      });
    }
  });
});
