import { beforeAll, describe, expect } from 'vitest';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { avroLong, avroText } from '../../support/avro-bytes.ts';
import { test } from '../../support/job-fixture.ts';
import { rowsOf } from '../../support/other-writer.ts';
import { pythonWith, readers, type Python } from '../../support/python.ts';
import { SmallRegistry, wireValue } from '../../support/schema-registry.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.duckdb, readers.duckdbExtensions, readers.duckdbDelta]);
});

const widening = { 'delta.enableTypeWidening': 'true' };
const coordinates = { _kafka_partition: 'partition', _kafka_offset: 'offset' };

function reading(type: string, ...more: object[]): { readonly schema: string } {
  const fields = [{ name: 'n', type }, ...more];
  return { schema: JSON.stringify({ type: 'record', name: 'Reading', fields }) };
}

const city = { name: 'city', type: 'string', default: '' };

describe('records of a registry', () => {
  test('with wider types and further fields, in several shares of one batch, change the table once, and other readers see it', async ({
    kafka,
    createJob,
    lakeFolder,
  }) => {
    const registry = await SmallRegistry.start();
    try {
      const topic = await kafka.createTopic({ partitions: 2 });
      const subject = `${topic.name}-value`;
      registry.register(1, subject, 1, reading('int'));
      const table = { path: `${lakeFolder}/readings`, partitionBy: [], properties: widening };
      const steps = { parse: { format: 'avro', registry: registry.url }, metadata: coordinates };
      const job = await createJob({ topics: [topic.name], document: { steps, table } });
      await topic.send({ value: wireValue(1, avroLong(1n)) });
      await job.start();
      await job.untilCaughtUp();

      await job.jobs.pause(job.name);
      registry.register(2, subject, 2, reading('long'));
      registry.register(3, subject, 3, reading('int', city));
      const each = 10_000;
      const large = 2n ** 40n;
      const numbers = Array.from({ length: each }, (_, index) => BigInt(index));
      await topic.send(
        ...numbers.map((n) => ({
          partition: 0,
          value: n % 2n === 0n ? wireValue(1, avroLong(n)) : wireValue(2, avroLong(n + large)),
        })),
        ...numbers.map((n) => ({ partition: 1, value: wireValue(3, avroLong(n), avroText('Bern')) })),
      );
      await job.jobs.resume(job.name);
      await job.untilCaughtUp();
      const { lanes } = await job.jobs.stop(job.name);
      expect(lanes[0]).toMatchObject({
        totals: { batches: 2, rows: 2 * each + 1, deadLetters: 0 },
        lastBatch: { files: 2 },
      });
      await job.expectVerified(2 * each + 1);

      const sum = numbers.reduce((total, n) => total + n + (n % 2n === 1n ? n + large : n), 1n);
      const seen = await python.json(
        `
import duckdb
from duckdb_extensions import import_extension
import_extension('delta')
connection = duckdb.connect()
connection.execute('LOAD delta')
emit(connection.execute(
    f"SELECT sum(n)::VARCHAR, any_value(typeof(n)), count(city) FROM delta_scan('{input}')").fetchone())`,
        table.path,
      );
      expect(seen).toEqual([String(sum), 'BIGINT', each]);
    } finally {
      await registry.stop();
    }
  });

  test.for([
    ['none', { rows: 3, deadLetters: 0 }],
    ['strict', { rows: 1, deadLetters: 2 }],
  ] as const)('leave the table as it is under %s', async ([policy, counted], { kafka, createJob, lakeFolder }) => {
    const registry = await SmallRegistry.start();
    try {
      const topic = await kafka.createTopic();
      const subject = `${topic.name}-value`;
      registry.register(1, subject, 1, reading('int'));
      const table = {
        path: `${lakeFolder}/readings`,
        partitionBy: [],
        properties: widening,
        schemaEvolution: policy,
      };
      const steps = { parse: { format: 'avro', registry: registry.url }, metadata: coordinates };
      const job = await createJob({ topics: [topic.name], document: { steps, table } });
      await topic.send({ value: wireValue(1, avroLong(1n)) });
      await job.start();
      await job.untilCaughtUp();
      registry.register(2, subject, 2, reading('long'));
      registry.register(3, subject, 3, reading('int', city));
      await topic.send({ value: wireValue(2, avroLong(2n)) }, { value: wireValue(3, avroLong(3n), avroText('Bern')) });
      await job.untilCaughtUp();
      const { lanes } = await job.jobs.stop(job.name);
      expect(lanes[0]?.totals).toMatchObject(counted);
      expect(await rowsOf(table.path, 'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM t)')).toEqual([
        ['n', 'INTEGER'],
        ['_kafka_partition', 'INTEGER'],
        ['_kafka_offset', 'BIGINT'],
      ]);
      await job.expectVerified(3);
    } finally {
      await registry.stop();
    }
  });
});

describe('a job that is started again with other columns', () => {
  const narrow = { id: 'int', name: 'string' };
  const documentOf = (path: string, schema: object, table: object = {}): JobDocument => ({
    steps: { parse: { format: 'json', schema }, metadata: coordinates },
    table: { path, partitionBy: [], ...table },
  });

  test('widens and adds columns of its table', async ({ kafka, createJob, lakeFolder }) => {
    const topic = await kafka.createTopic();
    const path = `${lakeFolder}/orders`;
    const properties = { properties: widening };
    const first = await createJob({ topics: [topic.name], document: documentOf(path, narrow, properties) });
    await topic.send({ value: '{"id":1,"name":"a"}' });
    await first.start();
    await first.untilCaughtUp();
    await first.jobs.stop(first.name);

    const wide = { id: 'bigint', name: 'string', price: 'decimal(10,2)' };
    const again = await createJob({
      topics: [topic.name],
      document: { name: first.name, ...documentOf(path, wide, properties) },
    });
    await topic.send({ value: '{"id":9007199254740993,"name":"b","price":1.5}' });
    await again.start();
    await again.untilCaughtUp();
    await again.jobs.stop(again.name);
    expect(await rowsOf(path, 'SELECT id::VARCHAR, name, price::VARCHAR FROM t ORDER BY id')).toEqual([
      ['1', 'a', null],
      ['9007199254740993', 'b', '1.50'],
    ]);
    await again.expectVerified(2);
  });

  test.for([
    ['none', { id: 'int', name: 'string', price: 'double' }, 'the table has no column price'],
    ['strict', { id: 'int', name: 'string', price: 'double' }, 'the table has no column price'],
    ['strict', { id: 'int' }, "the job does not make the table's column name"],
    ['addColumns', { id: 'bigint', name: 'string' }, 'needs the feature typeWidening'],
  ] as const)(
    'stops under %s where the table would have to differ: %o',
    async ([schemaEvolution, schema, message], { kafka, createJob, lakeFolder }) => {
      const topic = await kafka.createTopic();
      const path = `${lakeFolder}/orders`;
      const first = await createJob({ topics: [topic.name], document: documentOf(path, narrow) });
      await topic.send({ value: '{"id":1,"name":"a"}' });
      await first.start();
      await first.untilCaughtUp();
      await first.jobs.stop(first.name);

      const document = { name: first.name, ...documentOf(path, schema, { schemaEvolution }) };
      const again = await createJob({ topics: [topic.name], document });
      await topic.send({ value: '{"id":2}' });
      await again.start();
      await expect(again.jobs.result(again.name)).rejects.toMatchObject({
        code: 'TABLE_SCHEMA_MISMATCH',
        message: expect.stringContaining(message) as string,
      });
      expect(await rowsOf(path, 'SELECT count(*)::INTEGER FROM t')).toEqual([[1]]);
    },
  );
});
