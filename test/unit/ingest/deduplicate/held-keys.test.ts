import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { removeOf, type AddAction, type PartitionValues } from '../../../../src/delta/actions.ts';
import { writeDeletionVectors } from '../../../../src/delta/deletion-vector/write-deletion-vectors.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { EngineSession } from '../../../../src/engine/session.ts';
import { findHeldKeys } from '../../../../src/ingest/deduplicate/held-keys.ts';
import type { Interval } from '../../../../src/ingest/deduplicate/window-intervals.ts';
import type { DeduplicateStep } from '../../../../src/model/job/deduplicate-rule.ts';
import { field, struct, type StructType } from '../../../../src/model/table/table-schema.ts';
import type { ByteRange, ObjectStore } from '../../../../src/storage/object-store.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { compileDeduplication, type Deduplication } from '../../../../src/transform/deduplicate.ts';
import { checkpointTable } from '../../../support/checkpoint-table.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { FailingStore } from '../../../support/failing-store.ts';
import { writeParquet } from '../../../support/duckdb-parquet.ts';
import { jobSpec } from '../../../support/run-pipeline.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const schema: StructType = struct(
  field('event_id', 'string'),
  field('at', 'timestamp'),
  field('source', 'string'),
  field('day', 'date'),
);

const byEvent: DeduplicateStep = {
  key: ['event_id'],
  keep: 'first',
  window: { field: 'at', widthMs: 3_600_000 },
  scope: 'table',
  nullKeys: 'distinct',
};

const micros = (time: string): bigint => BigInt(Date.parse(`2026-11-${time}Z`)) * 1000n;
/** `20T08:00` to the end of that hour. */
const hourFrom = (time: string): Interval => ({ first: micros(time), last: micros(time) + 3_600_000_000n });

/** A store that the engine cannot read by itself. */
class DistantStore extends FailingStore {
  override readonly root = 's3://bucket/table';
  bytesRead = 0;

  override getRange(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
    this.bytesRead += range.end - range.start;
    return super.getRange(path, range);
  }

  override readerUrl(): undefined {
    return undefined;
  }
}

let root: string;
let store: ObjectStore;
let state: TableState;

beforeEach(async () => {
  root = join(await scratchFolder(), 'table');
  store = openObjectStore(root);
  state = await commitActions(store, undefined, newTableActions({ schema, partitionColumns: ['day'] }));
});

interface FileParts {
  readonly stats?: boolean;
  readonly day?: string | null;
  readonly sql?: string;
}

/** A file with the events `e0` to `e9`, a minute apart. */
async function addFile(
  name: string,
  from: string,
  { stats = true, day = '2026-11-20', sql }: FileParts = {},
): Promise<AddAction> {
  const query =
    sql ??
    `SELECT 'e' || i AS event_id, '2026-11-${from}:00Z'::TIMESTAMPTZ + INTERVAL (i) MINUTE AS at, 's' || i AS source FROM range(10) t(i)`;
  const values: PartitionValues = { day };
  const written = await writeParquet(root, `${name}.parquet`, query, values);
  const [first, last] = [micros(from), micros(from) + 540_000_000n].map((at) =>
    new Date(Number(at / 1000n)).toISOString(),
  );
  const bounds = { numRecords: 10, minValues: { at: first }, maxValues: { at: last }, nullCount: { at: 0 } };
  const add = { ...written, ...(stats ? { stats: JSON.stringify(bounds) } : {}) };
  state = await commitActions(store, state, [{ add }]);
  return add;
}

function compiled(step: Partial<DeduplicateStep> = {}): Deduplication {
  const spec = jobSpec({});
  const deduplicate = { ...byEvent, ...step };
  const deduplication = compileDeduplication({ ...spec, steps: { ...spec.steps, deduplicate } }, schema.fields);
  if (!deduplication) throw new Error('nothing to deduplicate by');
  return deduplication;
}

interface Lookup {
  /** Rows with what the key is made of. */
  readonly wanted?: string;
  readonly intervals?: readonly Interval[] | undefined;
  readonly deduplication?: Deduplication;
  readonly version?: number;
  readonly from?: ObjectStore;
}

async function lookUp({
  wanted,
  intervals,
  deduplication = compiled(),
  version = state.version,
  from = store,
}: Lookup): Promise<unknown> {
  const folder = await scratchFolder();
  await using session = await EngineSession.open({ folder: join(folder, 'batch'), memoryLimitBytes: 1 << 27 });
  const [wantedFile, heldFile] = [join(session.outputFolder, 'w.parquet'), join(session.outputFolder, 'h.parquet')];
  const rows = wanted ?? `SELECT 'e' || i AS event_id FROM range(3) t(i)`;
  await session.run(`COPY (SELECT ${deduplication.digestSql} AS digest FROM (${rows})) TO '${wantedFile}'`, 'want');
  const table = { store: from, version, scratchFolder: join(folder, 'lookup'), memoryLimitBytes: 1 << 27 };
  const { files } = await findHeldKeys(table, {
    deduplication,
    fields: schema.fields,
    intervals,
    wantedFile,
    heldFile,
  });
  const held = await session.rows(`SELECT micros FROM read_parquet('${heldFile}') ORDER BY micros`, 'read');
  return { files, times: held.map(([at]) => new Date(Number(at) / 1000).toISOString().slice(8, 16)) };
}

describe('what the table holds', () => {
  it('is found by key, in the files of the time alone: others are not opened', async () => {
    for (const hour of ['06', '08', '10']) await addFile(hour, `20T${hour}:00`);
    await rm(join(root, '06.parquet'));
    await rm(join(root, '10.parquet'));
    const intervals = [hourFrom('20T08:00')];
    expect(await lookUp({ intervals })).toEqual({ files: 1, times: ['20T08:00', '20T08:01', '20T08:02'] });
  });

  it('is looked for in every file without a window, and in those whose times nobody knows', async () => {
    await addFile('a', '20T06:00');
    await addFile('b', '20T10:00', { stats: false });
    const { window: _, ...everywhen } = byEvent;
    const spec = jobSpec({});
    const steps = { ...spec.steps, deduplicate: { ...everywhen, key: ['event_id'] } };
    const deduplication = compileDeduplication({ ...spec, steps }, schema.fields);
    const wanted = `SELECT 'e5' AS event_id`;
    expect(await lookUp({ wanted, intervals: undefined, ...(deduplication && { deduplication }) })).toMatchObject({
      files: 2,
    });
    expect(await lookUp({ wanted, intervals: [hourFrom('20T10:00')] })).toEqual({ files: 1, times: ['20T10:05'] });
  });

  it('does not have the rows that deletion vectors took out', async () => {
    const add = await addFile('a', '20T08:00');
    const { descriptors } = await writeDeletionVectors(store, [[0n, 2n]]);
    const [deletionVector] = descriptors;
    const holed = deletionVector && { ...add, deletionVector };
    state = await commitActions(store, state, [{ remove: removeOf(add, 0) }, ...(holed ? [{ add: holed }] : [])]);
    const found = { files: 1, times: ['20T08:01'] };
    expect(await lookUp({ intervals: [hourFrom('20T08:00')] })).toEqual(found);
    expect(await lookUp({ intervals: [hourFrom('20T08:00')], from: new DistantStore(store, []) })).toEqual(found);
  });

  it('is read by its columns with key and time alone', async () => {
    const wide = await addFile('a', '20T08:00', {
      sql: `SELECT 'e' || i AS event_id, '2026-11-20T08:00:00Z'::TIMESTAMPTZ AS at, 's' AS source,
        string_agg(md5((i * 10000 + j)::VARCHAR), '') AS payload FROM range(10) t(i), range(4000) u(j) GROUP BY ALL`,
    });
    const from = new DistantStore(store, []);
    const wanted = `SELECT 'e7' AS event_id`;
    expect(await lookUp({ intervals: [hourFrom('20T08:00')], wanted, from })).toMatchObject({ times: ['20T08:00'] });
    expect(from.bytesRead).toBeGreaterThan(0);
    expect(from.bytesRead).toBeLessThan(wide.size / 4);
  });

  it('is copied from a store that is not on this machine', async () => {
    for (const hour of ['06', '08', '10']) await addFile(hour, `20T${hour}:00`);
    await rm(join(root, '10.parquet'));
    const intervals = [hourFrom('20T06:00'), hourFrom('20T08:00')];
    const found = await lookUp({ intervals, wanted: `SELECT 'e7' AS event_id`, from: new DistantStore(store, []) });
    expect(found).toEqual({ files: 2, times: ['20T06:07', '20T08:07'] });
  });

  it('is that of the version that the plan names', async () => {
    await addFile('a', '20T08:00');
    const { version } = state;
    await addFile('b', '20T08:30');
    const intervals = [hourFrom('20T08:00')];
    expect(await lookUp({ intervals, version, wanted: `SELECT 'e0' AS event_id` })).toEqual({
      files: 1,
      times: ['20T08:00'],
    });
  });

  it.each(['on this machine', 'elsewhere'])('is found behind a checkpoint of the log, in a store %s', async (where) => {
    await addFile('a', '20T08:00');
    await addFile('b', '20T10:00');
    await checkpointTable(store);
    for (const version of [0, 1]) await rm(join(root, '_delta_log', `${String(version).padStart(20, '0')}.json`));
    const from = where === 'elsewhere' ? new DistantStore(store, []) : store;
    const found = await lookUp({ intervals: [hourFrom('20T08:00')], wanted: `SELECT 'e4' AS event_id`, from });
    expect(found).toEqual({ files: 1, times: ['20T08:04'] });
  });

  it('can be keyed and timed by partition columns, which are in the log alone', async () => {
    await addFile('a', '20T08:00', { day: '2026-11-20' });
    await addFile('b', '20T08:00', { day: '2026-11-21' });
    await addFile('c', '20T08:00', { day: null });
    const keyed = compiled({ key: ['event_id', 'day'] });
    const wanted = `SELECT 'e1' AS event_id, '2026-11-21'::DATE AS day`;
    expect(await lookUp({ deduplication: keyed, wanted, intervals: [hourFrom('20T08:00')] })).toEqual({
      files: 3,
      times: ['20T08:01'],
    });
    const timed = compiled({ window: { field: 'day', widthMs: 0 } });
    await rm(join(root, 'a.parquet'));
    await rm(join(root, 'c.parquet'));
    expect(
      await lookUp({ deduplication: timed, intervals: [hourFrom('21T00:00')], wanted: `SELECT 'e1' AS event_id` }),
    ).toEqual({
      files: 1,
      times: ['21T00:00'],
    });
  });

  it('has nulls where a file lacks a column', async () => {
    await addFile('old', '20T08:00', { sql: `SELECT 'e0' AS event_id, '2026-11-20T08:00:00Z'::TIMESTAMPTZ AS at` });
    const intervals = [hourFrom('20T08:00')];
    const wanted = `SELECT 'e0' AS event_id, NULL::VARCHAR AS source`;
    const equal = compiled({ key: ['event_id', 'source'], nullKeys: 'equal' });
    expect(await lookUp({ intervals, wanted, deduplication: equal })).toEqual({ files: 1, times: ['20T08:00'] });
    const distinct = compiled({ key: ['event_id', 'source'] });
    expect(await lookUp({ intervals, wanted, deduplication: distinct })).toEqual({ files: 1, times: [] });
  });

  it('can be cleaned up meanwhile: then a batch has to be planned anew', async () => {
    const add = await addFile('a', '20T08:00');
    const { version } = state;
    const intervals = [hourFrom('20T08:00')];
    await expect(lookUp({ intervals, version: 7 })).rejects.toMatchObject({ code: 'READ_VERSION_GONE' });
    state = await commitActions(store, state, [{ remove: removeOf(add, 0) }]);
    expect(await lookUp({ intervals, version })).toMatchObject({ files: 1 });
    await rm(join(root, 'a.parquet'));
    await expect(lookUp({ intervals, version })).rejects.toMatchObject({ code: 'READ_VERSION_GONE' });
  });

  it('is corrupt where it names files that are not there', async () => {
    await addFile('a', '20T08:00');
    await rm(join(root, 'a.parquet'));
    await expect(lookUp({ intervals: [hourFrom('20T08:00')] })).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
  });

  describe('whose deleted rows are in a file of deletion vectors', () => {
    /** Too many for the log, which holds small ones itself. */
    const scattered = Array.from({ length: 1_000 }, (_, index) => BigInt(index ** 2));

    /** Gives the file of the deletion vector. */
    async function deleteRows(add: AddAction): Promise<{ readonly add: AddAction; readonly vectorFile: string }> {
      const { descriptors, file } = await writeDeletionVectors(store, [scattered]);
      const [deletionVector] = descriptors;
      if (!deletionVector || !file) throw new Error('the vector is in the log');
      const holed = { ...add, deletionVector };
      state = await commitActions(store, state, [{ remove: removeOf(add, 0) }, { add: holed }]);
      return { add: holed, vectorFile: join(root, file.path) };
    }

    it('is gone where a newer version has others, and corrupt where it has the same', async () => {
      const intervals = [hourFrom('20T08:00')];
      const { add, vectorFile } = await deleteRows(await addFile('a', '20T08:00'));
      const { version } = state;
      expect(await lookUp({ intervals, version })).toMatchObject({ files: 1 });
      await rm(vectorFile);
      await expect(lookUp({ intervals, version })).rejects.toMatchObject({
        code: 'TABLE_CORRUPT',
        message: expect.stringContaining(basename(vectorFile)) as string,
      });
      await deleteRows(add);
      await expect(lookUp({ intervals, version })).rejects.toMatchObject({ code: 'READ_VERSION_GONE' });
      expect(await lookUp({ intervals })).toMatchObject({ files: 1 });
    });
  });
});
