import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCommit } from '../../../../src/delta/log/log-reader.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import { printSchemaString } from '../../../../src/delta/schema/schema-string.ts';
import { commitBatch } from '../../../../src/ingest/commit/commit-batch.ts';
import { Connections, type TableHandle } from '../../../../src/ingest/connections.ts';
import { appIdOf, epochAppIdOf } from '../../../../src/model/table/app-id.ts';
import type { CommitRequest } from '../../../../src/model/requests/lane-requests.ts';
import { field, struct, type StructField } from '../../../../src/model/table/table-schema.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';

const held = [field('id', 'long'), field('_topic', 'string')];

interface Lake {
  readonly connections: Connections;
  readonly table: TableHandle;
  /** An empty batch of one of the table's topics, by a job that makes these columns. */
  readonly batchOf: (
    topic: string,
    columns: Readonly<Record<string, string>>,
    columnsCommitted?: boolean,
  ) => CommitRequest;
}

async function openLake(properties: Readonly<Record<string, string>> = {}): Promise<Lake> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-evolve-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const connections = new Connections({ env: {} });
  const table = connections.table(join(folder, 'table'));
  await commitActions(table.store, undefined, [
    ...newTableActions({ schema: struct(...held), partitionColumns: [], properties }),
    ...['a', 'b'].flatMap((topic) => [
      { txn: { appId: epochAppIdOf('job', topic), version: '1' } as const },
      { txn: { appId: appIdOf('job', { topic, topicId: 'an-id', partition: 0 }), version: '0' } as const },
    ]),
  ]);
  const batchOf = (
    topic: string,
    schema: Readonly<Record<string, string>>,
    columnsCommitted = false,
  ): CommitRequest => {
    const spec = parseInlineJob(
      {
        name: 'job',
        source: { topics: ['a', 'b'] },
        steps: { parse: { schema }, metadata: { _topic: 'topic' } },
        table: { path: join(folder, 'table'), sharedByTopics: true },
        deadLetter: { path: join(folder, 'dlq') },
      },
      { env: {}, workingFolder: folder },
    );
    const range = {
      topic,
      topicId: 'an-id',
      partition: 0,
      startOffset: '0',
      endOffset: '4',
      storedOffset: '0',
    } as const;
    const counts = {
      partition: 0,
      startOffset: '0',
      endOffset: '4',
      rows: 0,
      deadLetters: 0,
      drops: { tombstone: 4 },
    } as const;
    const group = {
      ...{ group: 0, counts: [counts], deadLettersByCode: {}, inputBytes: 0, outputBytes: 0 },
      ...({ dataFiles: { kind: 'none' }, deadLetterFiles: { kind: 'none' } } as const),
      durations: { fetchMs: 0, transformMs: 0, writeMs: 0 },
    };
    const plan = {
      ...({ job: 'job', topic, batch: 0, epoch: 1, plannedAtMs: Date.now(), lagOffsets: '0' } as const),
      ...{ ranges: [range], groups: [{ group: 0, ranges: [range] }], columnsCommitted },
    };
    return { spec, plan, groups: [group] };
  };
  return { connections, table, batchOf };
}

async function columnsOf(table: TableHandle): Promise<readonly string[]> {
  return (await table.refresh())?.schema.fields.map(({ name, type }) => `${name} ${JSON.stringify(type)}`) ?? [];
}

/** Another program's change of the schema. */
async function alter(table: TableHandle, ...fields: StructField[]): Promise<void> {
  const state = await table.refresh();
  const metaData = { ...state!.metaData, schemaString: printSchemaString(struct(...fields)) };
  await commitActions(openObjectStore(table.store.root), state, [{ metaData }]);
}

describe('a batch whose job has columns that the table lacks', () => {
  test('adds them in the commit of its offsets', async () => {
    const { connections, table, batchOf } = await openLake();
    const outcome = await commitBatch(connections, batchOf('a', { id: 'bigint', note: 'string' }));
    expect(outcome).toMatchObject({ kind: 'committed', summary: { version: 1 } });
    const entry = await readCommit(table.store, 1);
    const kinds = new Set(entry?.actions.map((action) => Object.keys(action)[0]));
    expect([...kinds]).toEqual(['commitInfo', 'metaData', 'txn']);
    expect(await columnsOf(table)).toEqual(['id "long"', '_topic "string"', 'note "string"']);
  });

  test('gets in beside another lane that adds columns at the same time', async () => {
    const { table, batchOf } = await openLake();
    const requests = [
      batchOf('a', { id: 'bigint', x: 'string' }),
      batchOf('b', { id: 'bigint', y: 'date', x: 'string' }),
    ];
    const outcomes = await Promise.all(requests.map((request) => commitBatch(new Connections({ env: {} }), request)));
    expect(outcomes.map((outcome) => outcome.kind === 'committed' && outcome.summary.version).toSorted()).toEqual([
      1, 2,
    ]);
    expect((await columnsOf(table)).toSorted()).toEqual(['_topic "string"', 'id "long"', 'x "string"', 'y "date"']);
  });

  test('is planned anew when another lane has added the same column with another type', async () => {
    const { table, batchOf } = await openLake();
    const requests = [batchOf('a', { id: 'bigint', x: 'string' }), batchOf('b', { id: 'bigint', x: 'date' })];
    const outcomes = await Promise.all(requests.map((request) => commitBatch(new Connections({ env: {} }), request)));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['committed', 'reopen']);
    expect((await table.refresh())?.version).toBe(1);
  });

  test('is committed once, though its commit is asked for again', async () => {
    const { connections, table, batchOf } = await openLake();
    const request = batchOf('a', { id: 'bigint', note: 'string' });
    await commitBatch(connections, request);
    expect(await commitBatch(connections, request)).toMatchObject({ kind: 'committed', summary: { version: 1 } });
    expect((await table.refresh())?.version).toBe(1);
  });
});

describe('a table that another program alters', () => {
  test('keeps the columns that it got, which are null in our rows', async () => {
    const { connections, table, batchOf } = await openLake();
    await alter(table, ...held, field('spark', 'double'));
    const outcome = await commitBatch(connections, batchOf('a', { id: 'bigint', note: 'string' }, false));
    expect(outcome.kind).toBe('committed');
    expect(await columnsOf(table)).toEqual(['id "long"', '_topic "string"', 'spark "double"', 'note "string"']);
  });

  test('gets no column again that the job has written and the other has removed', async () => {
    const { connections, table, batchOf } = await openLake();
    await alter(table, field('_topic', 'string'));
    expect(await commitBatch(connections, batchOf('a', { id: 'bigint' }, true))).toEqual({
      kind: 'reopen',
      reason: 'another writer removed or changed columns that this job has written: id',
    });
  });

  test('takes no rows of a type that it no longer has', async () => {
    const { connections, table, batchOf } = await openLake();
    await alter(table, field('id', 'string'), field('_topic', 'string'));
    expect(await commitBatch(connections, batchOf('a', { id: 'bigint' }))).toEqual({
      kind: 'reopen',
      reason: 'column id is string in the table and long in the job',
    });
  });
});
