import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMerge } from '../../../src/aggregate/compile-merge.ts';
import { EngineSession } from '../../../src/engine/session.ts';
import type { StateFile } from '../../../src/aggregate/compiled-output.ts';
import type { MergeOutput } from '../../../src/model/outputs/output-spec.ts';
import { hidden } from '../../../src/model/pipeline/pipeline-step.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

const schema = struct(field('id', 'string'), field('value', 'long'), field('op', 'string'));
const output: MergeOutput = {
  kind: 'merge',
  name: 'current',
  path: 'lake/current',
  partitionBy: [],
  properties: {},
  targetFileSizeBytes: 1024 * 1024,
  key: ['id'],
};

interface Change {
  /** Null: it has none. */
  readonly id: string | null;
  readonly value: number | null;
  readonly op: 'c' | 'd';
  readonly isTombstone: boolean;
}

/** A topic partition's records; the key says which one it is in. */
type Changelog = readonly (readonly Change[])[];

const literal = (value: string | number | null): string => (value === null ? 'NULL' : `'${value}'`);

function sliceSql(changes: readonly Change[], partition: number, from: number): string {
  const rows = changes.map(({ id, value, op, isTombstone }, index) => {
    const values = isTombstone ? [id, null, null] : [id, value, op];
    return `(${values.map(literal).join(', ')}, ${partition}, ${from + index}, ${isTombstone})`;
  });
  const columns = `id, value, op, ${hidden.partition}, ${hidden.offset}, ${hidden.isTombstone}`;
  return (
    `SELECT id::VARCHAR AS id, value::BIGINT AS value, op::VARCHAR AS op, ${hidden.partition}::INTEGER AS ${hidden.partition}, ` +
    `${hidden.offset}::BIGINT AS ${hidden.offset}, ${hidden.isTombstone} FROM (VALUES ${rows.join(', ')}) t(${columns})`
  );
}

/** Runs the changelog in batches of `batchSize` records of each topic partition, and slices of `sliceSize`. */
async function run(
  merge: MergeOutput,
  log: Changelog,
  { batchSize, sliceSize }: { readonly batchSize: number; readonly sliceSize: number },
): Promise<{ readonly rows: readonly string[]; readonly nullKeys: number }> {
  const compiled = compileMerge(merge, schema);
  const folder = await scratchFolder();
  await using table = await EngineSession.open({ folder: join(folder, 'table'), memoryLimitBytes: 1 << 27 });
  await table.run('CREATE TABLE t (id VARCHAR, value BIGINT, op VARCHAR)', 'create');
  let nullKeys = 0;
  let openBefore = 0;
  let stateFiles: readonly StateFile[] = [];
  const longest = Math.max(0, ...log.map(({ length }) => length));
  for (let from = 0; from < longest; from += batchSize) {
    const partFiles: string[] = [];
    for (const [partition, changes] of log.entries()) {
      const batch = changes.slice(from, from + batchSize);
      const start = { partitions: [{ partition, fromOffset: BigInt(from) }] };
      const part = await compiled.openPart(table, `p${partition}`, start);
      // Records below the start were taken before: a rolled-forward batch brings them again.
      const again = from > 0 ? changes.slice(from - 1, from) : [];
      for (const [first, rows] of [[from - 1, again] as const, ...slices(batch, from, sliceSize)]) {
        if (rows.length === 0) continue;
        await table.run(`CREATE OR REPLACE TABLE slice AS ${sliceSql(rows, partition, first)}`, 'slice');
        await part.takeSlice('slice');
      }
      const file = join(table.outputFolder, `part-${from}-${partition}.parquet`);
      const gathered = await part.finish(file);
      nullKeys += gathered.counts.nullKey;
      if (gathered.rows > 0) partFiles.push(file);
    }
    const newStateFile = join(table.outputFolder, `state-${from}.parquet`);
    const outcome = await compiled.merge(table, {
      partFiles,
      stateFiles,
      closedThroughUs: {},
      newStateFile,
      openBefore,
    });
    await table.run(`DELETE FROM t WHERE id IN (SELECT id FROM ${outcome.goneKeys?.relation ?? ''})`, 'gone');
    await table.run(`INSERT INTO t SELECT * FROM ${outcome.rows.relation}`, 'new');
    for (const view of ['merge_rows', 'merge_gone']) await table.run(`DROP VIEW ${view}`, 'end');
    for (const made of ['merge_newest', 'merge_old']) await table.run(`DROP TABLE IF EXISTS ${made}`, 'end');
    const { added, superseded } = outcome.state;
    stateFiles = stateFiles.filter(({ path }) => !superseded.includes(path));
    if (added) stateFiles = [...stateFiles, { ...added, path: newStateFile }];
    openBefore = outcome.open;
  }
  if (merge.orderBy !== undefined) {
    expect(await table.rows('SELECT count(*) FROM t', 'count')).toEqual([[String(openBefore)]]);
  }
  const rows = await table.rows('SELECT id, value, op FROM t ORDER BY id', 'read');
  return { rows: rows.map((row) => row.map(String).join(' ')), nullKeys };
}

function slices(batch: readonly Change[], from: number, size: number): (readonly [number, readonly Change[]])[] {
  return Array.from({ length: Math.ceil(batch.length / size) }, (_, index) => {
    return [from + index * size, batch.slice(index * size, (index + 1) * size)] as const;
  });
}

/** The last state, one record after the other. */
function replayed(log: Changelog, { orderBy, deleteWhen }: MergeOutput): readonly string[] {
  const newest = new Map<string, Change>();
  for (const change of log.flat()) {
    if (change.id === null) continue;
    const known = newest.get(change.id);
    const isOlder = orderBy !== undefined && known && !known.isTombstone && orderOf(change) < orderOf(known);
    if (change.isTombstone || !isOlder) newest.set(change.id, change);
  }
  return [...newest]
    .filter(([, { isTombstone, op }]) => !isTombstone && (deleteWhen === undefined || op !== 'd'))
    .map(([id, { value, op }]) => `${id} ${String(value)} ${op}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

const orderOf = ({ value }: Change): number => value ?? -1;

const change = fc.record({
  id: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  value: fc.oneof({ weight: 6, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.constant(null) }),
  op: fc.constantFrom('c' as const, 'c' as const, 'd' as const),
  isTombstone: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const changelog = fc
  .array(fc.array(change, { maxLength: 14 }), { minLength: 1, maxLength: 2 })
  // A key lives in one topic partition.
  .map((log) => log.map((changes, p) => changes.map((c) => ({ ...c, id: c.id === null ? null : `${c.id}${p}` }))));
const cut = fc.record({ batchSize: fc.integer({ min: 1, max: 15 }), sliceSize: fc.integer({ min: 1, max: 8 }) });

describe('merge', () => {
  it.each<Partial<MergeOutput>>([
    {},
    { deleteWhen: `op = 'd' -- gone` },
    { orderBy: 'value' },
    { orderBy: 'value', deleteWhen: `op = 'd'` },
  ])('holds the last state, however records are cut into batches (%j)', async (parts) => {
    const merge = { ...output, ...parts };
    await fc.assert(
      fc.asyncProperty(changelog, cut, async (log, size) => {
        const { rows, nullKeys } = await run(merge, log, size);
        expect(rows).toEqual(replayed(log, merge));
        expect(nullKeys).toBe(log.flat().filter(({ id }) => id === null).length);
      }),
      propertyRuns(15),
    );
  });

  it('makes nothing of a batch without rows', async () => {
    expect(
      await run(output, [[{ id: null, value: 1, op: 'c', isTombstone: false }]], { batchSize: 3, sliceSize: 3 }),
    ).toEqual({
      rows: [],
      nullKeys: 1,
    });
  });
});
