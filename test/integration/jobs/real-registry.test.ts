import { expect } from 'vitest';
import { avroFromJson } from '../../../src/decode/avro/avro-codec.ts';
import { protobufFromPlain } from '../../../src/decode/protobuf/protobuf-codec.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import { registerSchema, startRegistry } from '../../support/real-registry.ts';
import { wireValue } from '../../support/schema-registry.ts';

const avro = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'city', type: ['null', 'string'], default: null },
  ],
});
const money = 'syntax = "proto3"; package shop; message Unused {} message Order { int64 id = 1; string city = 2; }';
const json = JSON.stringify({
  type: 'object',
  properties: { id: { type: 'integer' }, city: { type: ['string', 'null'] } },
});
const secondMessage = Buffer.of(2, 2); // one index, which is 1

// Where it is not in the cache, the registry is fetched first.
const timeout = 600_000;

test(
  'Avro, Protobuf and JSON by the schemas of a real Schema Registry, keys and values',
  { timeout },
  async ({ kafka, createJob, onTestFinished, skip }) => {
    const stack = await startRegistry({ onTestFinished });
    if (typeof stack === 'string') return skip(`no Schema Registry on this machine: ${stack}`);
    const registry = stack.addresses.registry ?? '';
    const topic = await kafka.createTopic();
    const register = (subject: string, schema: Parameters<typeof registerSchema>[2]): Promise<number> =>
      registerSchema(registry, `${topic.name}-${subject}`, schema);
    const ids = {
      key: await register('key', { schema: '"string"' }),
      avro: await register('avro', { schema: avro }),
      protobuf: await register('protobuf', { schema: money, schemaType: 'PROTOBUF' }),
      jsonSchema: await register('json', { schema: json, schemaType: 'JSON' }),
    };
    // Ids have to outlive the registry: records name them for good.
    if (process.env['SCHEMA_REGISTRY_URL'] === undefined) await stack.restart('registry');

    const order = { id: 7, city: { string: 'Zürich' } };
    const values = {
      avro: wireValue(ids.avro, avroFromJson({ text: avro, references: [] })(order)),
      protobuf: wireValue(
        ids.protobuf,
        secondMessage,
        protobufFromPlain({ text: money, references: [], message: 'shop.Order' })({ id: 7, city: 'Zürich' }),
      ),
      jsonSchema: wireValue(ids.jsonSchema, Buffer.from('{"id":7,"city":"Zürich"}')),
    };
    const key = wireValue(ids.key, avroFromJson({ text: '"string"', references: [] })('order-7'));
    for (const [format, subject] of [
      ['avro', 'avro'],
      ['protobuf', 'protobuf'],
      ['jsonSchema', 'json'],
    ] as const) {
      const own = await kafka.createTopic();
      await own.send({ key, value: values[format] }, { key, value: wireValue(2 ** 30, Buffer.of(0)) });
      const named = { registry, subject: `${topic.name}-${subject}` };
      // Of a Protobuf file the first message gives the columns; the records are of the second.
      const schema = format === 'protobuf' ? { schema: { id: 'bigint', city: 'string' } } : {};
      const keyParse = { format: 'avro', registry, subject: `${topic.name}-key`, as: 'order_key' };
      const document = { steps: { parse: { format, ...named, ...schema, key: keyParse } } };
      const job = await createJob({ topics: [own.name], document });
      await job.start();
      await job.untilCaughtUp();

      const rows = await queryLake(job.tableOf(own.name), 'SELECT id::INTEGER AS id, city, order_key FROM t');
      expect([format, rows]).toEqual([format, [{ id: 7, city: 'Zürich', order_key: 'order-7' }]]);
      const dead = await queryLake(job.deadLettersOf(own.name), 'SELECT error_code, schema_id FROM t');
      expect(dead).toEqual([{ error_code: 'UNKNOWN_SCHEMA', schema_id: 2 ** 30 }]);
      await job.expectVerified(2);
    }
  },
);
