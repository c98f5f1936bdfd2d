import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../../src/delta/actions.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import { assertMirrorAgrees, mirrorOffsets } from '../../../../src/ingest/commit/checkpoint-mirror.ts';
import { Connections, type TableHandle } from '../../../../src/ingest/connections.ts';
import { appIdOf, batchAppIdOf } from '../../../../src/model/table/app-id.ts';
import type { JobSpec } from '../../../../src/model/job/job-spec.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';
import { tableSchema } from '../../../../src/transform/table-schema.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

interface Mirrored {
  readonly spec: JobSpec;
  readonly folder: string;
  readonly connections: Connections;
  readonly table: TableHandle;
  /** Commits a batch that ends at these offsets, and mirrors it. */
  readonly batch: (number: number, ...ends: number[]) => Promise<void>;
  readonly assertAgrees: () => Promise<void>;
}

const topic = 'gps';

function endsOf(offsets: readonly number[]): Action[] {
  return offsets.map((offset, partition) => ({
    txn: { appId: appIdOf('job', { topic, topicId: 'an-id', partition }), version: `${BigInt(offset)}` },
  }));
}

async function mirroredTable(): Promise<Mirrored> {
  const folder = await scratchFolder();
  const spec = parseInlineJob(
    {
      name: 'job',
      source: { topics: [topic] },
      table: { path: `${folder}/bronze_{topic}` },
      checkpointPath: `${folder}/checkpoints`,
    },
    { env: {}, workingFolder: folder },
  );
  const connections = new Connections({ env: {} });
  const table = connections.table(`${folder}/bronze_${topic}`);
  return {
    spec,
    folder,
    connections,
    table,
    batch: async (number, ...ends) => {
      const batchTxn: Action = { txn: { appId: batchAppIdOf('job', topic), version: `${BigInt(number)}` } };
      await commit(table, spec, [...endsOf(ends), batchTxn]);
      await mirrorOffsets(connections, spec, topic);
    },
    assertAgrees: () => assertMirrorAgrees(new Connections({ env: {} }).table(table.store.root), spec, topic),
  };
}

async function commit(table: TableHandle, spec: JobSpec, actions: readonly Action[]): Promise<void> {
  const base = await table.refresh();
  const schema = tableSchema(spec);
  const creation = base ? [] : newTableActions({ schema, partitionColumns: spec.table.partitionBy });
  await table.commit({
    base,
    check: () => undefined,
    actions: () => [...creation, ...actions],
    commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {} },
  });
}

describe('the mirror', () => {
  test('has the end offsets and the version of each batch, where Spark has them', async () => {
    const { batch, folder, table } = await mirroredTable();
    await batch(0, 10, 20);
    await batch(1, 15, 20);

    expect(await readFile(`${folder}/checkpoints/gps/offsets/1`, 'utf8')).toBe(
      '{"gps":{"0":15,"1":20}}\n{"version":1,"epoch":0}\n',
    );
    expect(JSON.parse(await readFile(`${folder}/checkpoints/gps/commits/1`, 'utf8'))).toMatchObject({
      table: table.store.root,
      version: 1,
      topicId: 'an-id',
    });
  });

  test('keeps the newest hundred batches', async () => {
    const { batch, folder } = await mirroredTable();
    await batch(0, 1);
    await batch(100, 2);

    await expect(readFile(`${folder}/checkpoints/gps/commits/0`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(`${folder}/checkpoints/gps/commits/100`)).resolves.toBeDefined();
  });
});

describe('at the start of a job', () => {
  test('a table that has gone on since, or was reset, agrees', async () => {
    const { batch, table, spec, assertAgrees } = await mirroredTable();
    await assertAgrees();
    await batch(0, 10);
    await assertAgrees();
    await commit(table, spec, endsOf([25]));
    await commit(table, spec, endsOf([3]));
    await assertAgrees();
  });

  test('files of one batch that two attempts wrote are no pair: the batch before is compared', async () => {
    const { batch, folder, table, spec, connections, assertAgrees } = await mirroredTable();
    await batch(0, 10, 20);
    await batch(1, 15, 20);
    const late = await readFile(`${folder}/checkpoints/gps/commits/1`);
    await commit(table, spec, endsOf([3, 20]));
    await mirrorOffsets(connections, spec, topic);
    await writeFile(`${folder}/checkpoints/gps/commits/1`, late);

    await assertAgrees();
    await writeFile(`${folder}/checkpoints/gps/offsets/0`, '{"gps":{"0":4,"1":20}}\n{"version":0,"epoch":0}\n');
    await expect(assertAgrees()).rejects.toMatchObject({ code: 'OFFSETS_DISAGREE' });
  });

  test('a changed file stops it, with both positions', async () => {
    const { batch, folder, assertAgrees } = await mirroredTable();
    await batch(0, 10, 20);
    await writeFile(`${folder}/checkpoints/gps/offsets/0`, '{"gps":{"0":4,"1":20}}');

    await expect(assertAgrees()).rejects.toMatchObject({
      code: 'OFFSETS_DISAGREE',
      message: expect.stringMatching(
        /offsets\/0 says .* holds \{"0":4,"1":20\} of gps; there is \{"0":10,"1":20\}/,
      ) as string,
    });
  });

  test.for([
    ['dropped', 'no table', async ({ table }: Mirrored) => rm(table.store.root, { recursive: true })],
    [
      'made anew',
      'another table',
      async ({ table, spec, connections }: Mirrored) => {
        await rm(table.store.root, { recursive: true });
        await commit(connections.table(`${table.store.root}/`), spec, endsOf([0]));
      },
    ],
    [
      'put back to an older version',
      'version 0 at most',
      async ({ table }: Mirrored) => table.store.delete('_delta_log/00000000000000000001.json'),
    ],
  ] as const)('a table that was %s stops it', async ([, held, damage]) => {
    const mirrored = await mirroredTable();
    await mirrored.batch(0, 10);
    await mirrored.batch(1, 20);
    await damage(mirrored);

    await expect(mirrored.assertAgrees()).rejects.toMatchObject({
      code: 'OFFSETS_DISAGREE',
      message: expect.stringContaining(`there is ${held}`) as string,
    });
  });

  test('a file that is not what was written stops it', async () => {
    const { batch, folder, assertAgrees } = await mirroredTable();
    await batch(0, 10);
    await writeFile(`${folder}/checkpoints/gps/commits/0`, 'v1\n{}');

    await expect(assertAgrees()).rejects.toMatchObject({ code: 'OFFSETS_DISAGREE' });
  });
});
