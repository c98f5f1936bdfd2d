import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeOf, type Action } from '../../../../src/delta/actions.ts';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import {
  tailTables,
  type TailedTable,
  type TailEvent,
  type TailRequest,
} from '../../../../src/lake/tail/tail-tables.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { collect } from '../../../support/collect.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { writeParquet } from '../../../support/duckdb-parquet.ts';
import { KeyedTable } from '../../../support/keyed-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { addTrips, makeSmallLake } from '../../../support/small-lake.ts';

type Look = () => Promise<unknown>;

/** All events of a watch during which these things happen, one before each further look. */
async function watch(
  tables: readonly TailedTable[],
  options: Partial<TailRequest<TailedTable>>,
  looks: readonly Look[],
): Promise<TailEvent<TailedTable>[]> {
  const waiting = [...looks];
  const wait = async (): Promise<boolean> => {
    const look = waiting.shift();
    await look?.();
    return look !== undefined;
  };
  const events = tailTables({ tables: () => Promise.resolve(tables), limit: 12, ...options, wait });
  return collect(events);
}

/** Table, version, rows and rows left out. */
function summary(events: readonly TailEvent<TailedTable>[]): unknown[] {
  return events.map((event) => {
    const name = event.table.root.split('/').at(-1);
    if (event.kind === 'newest' || event.kind === 'commit') {
      return [event.kind, name, event.block.version, event.block.rows.length, event.block.leftOut];
    }
    return [event.kind, name];
  });
}

const averages = struct(field('window_start', 'timestamp'), field('id', 'integer'), field('average', 'double'));

/** A table with a row per window and id, whose files are rewritten when rows change. */
class AveragesTable {
  readonly root: string;
  #files = new Map<string, Action>();

  constructor(lake: string) {
    this.root = join(lake, 'averages');
  }

  async create(): Promise<void> {
    await this.#commit(newTableActions({ schema: averages, partitionColumns: [] }));
  }

  /** A commit with one new file of these rows (id, average) that takes other files away. */
  async write(name: string, rows: readonly (readonly [number, number])[], gone: readonly string[] = []): Promise<void> {
    const values = rows.map(([id, average]) => `('2026-01-27 10:00:00+00'::TIMESTAMPTZ, ${id}::INTEGER, ${average})`);
    const sql = `SELECT * FROM (VALUES ${values.join(', ')}) v(window_start, id, average)`;
    const add = await writeParquet(this.root, `${name}.parquet`, sql, {});
    await this.#commit([{ add }, ...this.#removes(gone)]);
    this.#files.set(name, { add });
  }

  async remove(...names: readonly string[]): Promise<void> {
    await this.#commit(this.#removes(names));
  }

  #removes(names: readonly string[]): Action[] {
    return names.map((name) => {
      const file = this.#files.get(name);
      if (!file || !('add' in file)) throw new Error(`no file ${name}`);
      return { remove: removeOf(file.add, 0) };
    });
  }

  async #commit(actions: readonly Action[]): Promise<void> {
    const store = openObjectStore(this.root);
    await commitActions(store, await loadTableState(store), actions);
  }
}

test('each commit is shown once, by itself, and what there was no room for is counted', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const events = await watch([{ root: join(lake, 'bronze_trips') }], { limit: 6 }, [
    () => addTrips(lake, 20),
    () => Promise.resolve(),
    async () => {
      await addTrips(lake, 30);
      await addTrips(lake, 40);
    },
  ]);
  expect(summary(events)).toEqual([
    ['newest', 'bronze_trips', 2, 6, 14],
    ['commit', 'bronze_trips', 3, 6, 4],
    ['commit', 'bronze_trips', 4, 6, 4],
    ['commit', 'bronze_trips', 5, 6, 4],
  ]);
});

test('rows that a commit replaces are updates, and rows that stay in a rewritten file are not shown', async () => {
  const lake = await scratchFolder();
  const table = new AveragesTable(lake);
  await table.create();
  await table.write('a', [
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
  const key = ['window_start', 'id'];
  const [, updates, ends] = await watch([{ root: table.root, key }], {}, [
    () => table.write('b', [[1, 10], [2, 25], [4, 40]], ['a']), // prettier-ignore
    () => table.remove('b'),
  ]);
  const changesOf = (event: TailEvent<TailedTable> | undefined): unknown =>
    event?.kind === 'commit' && event.block.rows.map((row, index) => [event.block.changes?.[index], ...row.slice(1)]);
  expect(changesOf(updates)).toEqual([
    ['update', 2, 25],
    ['delete', 3, 30],
    ['insert', 4, 40],
  ]);
  expect(changesOf(ends)).toEqual([
    ['delete', 1, 10],
    ['delete', 2, 25],
    ['delete', 4, 40],
  ]);
});

test('rows that a deletion vector takes out are updates as well', async () => {
  const key = ['window_start', 'id'];
  const table = await KeyedTable.create({
    schema: averages,
    keyColumns: key,
    properties: { 'delta.enableDeletionVectors': 'true' },
    strategy: 'deletionVectors',
  });
  const rowsOf = (...rows: readonly (readonly [number, number])[]): string =>
    rows
      .map(
        ([id, average]) =>
          `SELECT '2026-01-27 10:00:00+00'::TIMESTAMPTZ AS window_start, ${id} AS id, ${average}::DOUBLE AS average`,
      )
      .join(' UNION ALL ');
  await table.replace({ newRows: rowsOf([1, 10], [2, 20], [3, 30]) });
  const events = await watch([{ root: table.store.root, key }], {}, [
    () => table.replace({ newRows: rowsOf([2, 25], [4, 40]) }),
    () => table.replace({ newRows: rowsOf([1, 15], [2, 26]) }),
  ]);
  const changes = events
    .slice(1)
    .map((event) =>
      event.kind === 'commit'
        ? event.block.rows.map((row, index) => [event.block.changes?.[index], ...row.slice(1)])
        : event,
    );
  expect(changes).toEqual([
    [
      ['update', 2, 25],
      ['insert', 4, 40],
    ],
    [
      ['update', 1, 15],
      ['update', 2, 26],
    ],
  ]);
});

test('a table that is made while we watch is shown from its first row on', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const table = new AveragesTable(lake);
  const events = await watch([{ root: join(lake, 'bronze_trips') }, { root: table.root }], { limit: 1 }, [
    () => Promise.resolve(),
    async () => {
      await table.create();
      await table.write('a', [[1, 10]]);
    },
    () => Promise.resolve(),
  ]);
  expect(summary(events)).toEqual([
    ['newest', 'bronze_trips', 2, 1, 19],
    ['commit', 'averages', 1, 1, 0],
  ]);
});

test('a condition passes over the tables that it does not fit, and fails where it fits none', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const tables = ['bronze_trips', 'dlq_trips'].map((name) => ({ root: join(lake, name) }));
  const events = await watch(tables, { where: 'fare >= 4' }, []);
  expect(summary(events)).toEqual([
    ['newest', 'bronze_trips', 2, 4, 0],
    ['passedOver', 'dlq_trips'],
  ]);
  await expect(watch(tables, { where: 'nonsense = 1' }, [])).rejects.toMatchObject({ code: 'USAGE' });
});

test('a table that was dropped and made anew is told, and followed on', async () => {
  const lake = await scratchFolder();
  const { rm } = await import('node:fs/promises');
  const first = new AveragesTable(lake);
  await first.create();
  await first.write('a', [[1, 10]]);
  const second = new AveragesTable(lake);
  const events = await watch([{ root: first.root }], {}, [
    async () => {
      await rm(first.root, { recursive: true });
      await second.create();
    },
    () => second.write('b', [[2, 20]]),
  ]);
  expect(summary(events)).toEqual([
    ['newest', 'averages', 1, 1, 0],
    ['gap', 'averages'],
    ['commit', 'averages', 1, 1, 0],
  ]);
});
