import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Connections, type TableHandle } from '../../../src/ingest/connections.ts';
import { optimizeTable, type OptimizeOutcome } from '../../../src/maintain/optimize-table.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { vacuumTable } from '../../../src/maintain/vacuum-table.ts';
import { BronzeError } from '../../../src/errors.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { collect } from '../../support/collect.ts';
import { KeyedTable } from '../../support/keyed-table.ts';

const { signal } = new AbortController();

interface Holed {
  readonly rows: KeyedTable;
  readonly table: TableHandle;
  readonly optimize: () => Promise<OptimizeOutcome>;
}

async function holedTable(): Promise<Holed> {
  const rows = await KeyedTable.create({
    schema: struct(field('id', 'long'), field('value', 'long')),
    keyColumns: ['id'],
    properties: { 'delta.enableDeletionVectors': 'true' },
    strategy: 'deletionVectors',
  });
  const table = new Connections({ env: {} }).table(rows.store.root);
  const pool = createRewritePool({ memoryBytes: 256 * 1024 * 1024 });
  onTestFinished(() => pool.close());
  const options = { table, rewrite: pool.rewrite, signal, targetFileSizeBytes: 64 * 1024 * 1024 };
  return { rows, table, optimize: () => optimizeTable(options) };
}

const rowsOf = (ids: string, value: number): string => `SELECT i AS id, ${value}::BIGINT AS value FROM ${ids} t(i)`;

async function agedByAMonth(root: string, paths: readonly string[]): Promise<void> {
  const then = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
  for (const path of paths) await utimes(join(root, path), then, then);
}

test('optimize leaves deleted rows behind, and vacuum then the vectors that nothing needs any more', async () => {
  const { rows, table, optimize } = await holedTable();
  const { root } = rows.store;
  await rows.replace({ newRows: rowsOf('range(0, 5000)', 0) });
  const first = await rows.replace({ newRows: rowsOf('range(0, 5000, 7)', 1) });
  const second = await rows.replace({ newRows: rowsOf('range(0, 5000, 3)', 2) });
  const vectors = [first, second].map(({ writtenPaths }) => writtenPaths.filter((path) => path.endsWith('.bin')));
  expect(vectors.map(({ length }) => length)).toEqual([1, 1]);
  const before = await rows.query('SELECT count(*), sum(id), sum(value) FROM t');

  const paths = async (): Promise<string[]> => {
    const all = await collect(rows.store.list(''));
    return all.map(({ path }) => path).filter((path) => !path.startsWith('_delta_log'));
  };
  await agedByAMonth(root, await paths());
  // The older vector has left the table just now, so that readers of versions before may need it.
  expect(await vacuumTable({ table, signal })).toMatchObject({ deletedFiles: 0 });
  await rows.store.put('deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin', Buffer.from('of nobody'));
  await agedByAMonth(root, await paths());
  expect((await vacuumTable({ table, signal })).samplePaths).toEqual([
    'deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin',
  ]);
  expect(await rows.query('SELECT count(*), sum(id), sum(value) FROM t')).toEqual(before);

  expect(await optimize()).toMatchObject({ removedFiles: 3, addedFiles: 1, lostBins: 0 });
  const files = await collect(table.files(await rows.state(), { deletionVectors: 'return' }));
  expect(files.map(({ deletionVector }) => deletionVector)).toEqual([undefined]);
  expect(await rows.query('SELECT count(*), sum(id), sum(value) FROM t')).toEqual(before);
});

test('keys are neither lost nor doubled where files move all the time', async () => {
  const { rows, optimize } = await holedTable();
  await rows.replace({ newRows: rowsOf('range(0, 300)', 0) });
  const ingesting = new AbortController();
  const mover = (async () => {
    while (!ingesting.signal.aborted) await optimize();
  })();
  const rounds = 12;
  for (let round = 1; round <= rounds; round += 1) {
    for (let done = false; !done;) {
      const state = await rows.state();
      const replaced = await rows.plan(state, { newRows: rowsOf(`range(${round}, 300, 4)`, round) });
      try {
        await rows.commit(state, replaced);
        done = true;
      } catch (error) {
        if (!(error instanceof BronzeError) || error.code !== 'TABLE_CHANGED') throw error;
      }
    }
  }
  // However fast either is: one more that is certainly overtaken, by files that move between plan and commit.
  ingesting.abort();
  await mover;
  await rows.replace({ newRows: rowsOf('range(0, 300, 2)', 98) });
  const state = await rows.state();
  const late = await rows.plan(state, { newRows: rowsOf('range(0, 300, 2)', 99) });
  expect((await optimize()).version).toBeDefined();
  await expect(rows.commit(state, late)).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
  await rows.replace({ newRows: rowsOf('range(0, 300, 2)', 99) });

  const newest = (id: number): number => {
    if (id % 2 === 0) return 99;
    for (let round = rounds; round > 0; round -= 1) if (id >= round && (id - round) % 4 === 0) return round;
    return 0;
  };
  expect(await rows.query('SELECT * FROM t ORDER BY id')).toEqual(
    Array.from({ length: 300 }, (_, id) => `${String(id)} ${String(newest(id))}`),
  );
});
