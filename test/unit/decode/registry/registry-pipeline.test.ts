import { afterEach, beforeEach, expect, it } from 'vitest';
import { pinSchema } from '../../../../src/ingest/schema/pin-schema.ts';
import type { BinaryParse } from '../../../../src/model/job/binary-parse.ts';
import type { KeyStep } from '../../../../src/model/job/key-step.ts';
import { avroLong, avroText, varint } from '../../../support/avro-bytes.ts';
import { jobSpec, runPipeline, type PipelineRun } from '../../../support/run-pipeline.ts';
import { SmallRegistry, wireValue } from '../../../support/schema-registry.ts';

let registry: SmallRegistry;
beforeEach(async () => {
  registry = await SmallRegistry.start();
});
afterEach(() => registry.stop());

function record(name: string, ...fields: object[]): { readonly schema: string } {
  return { schema: JSON.stringify({ type: 'record', name, fields }) };
}

async function run(format: BinaryParse['format'], ...values: (Buffer | null)[]): Promise<PipelineRun> {
  const from = { kind: 'registry', url: registry.url, subject: 'events-value' } as const;
  const unpinned: BinaryParse = { format, from, schema: [], onCastFailure: 'reject' };
  const parts = { parse: unpinned, metadata: { _offset: 'offset' } } as const;
  const { parse } = (await pinSchema(jobSpec(parts), { env: {} })).steps;
  const records = values.map((value) => ({ value }));
  return runPipeline({ ...parts, parse }, records, { orderBy: '_offset' });
}

it('reads Avro records of older schemas as the latest, and asks for each schema once', async () => {
  registry.register(3, 'events-value', 1, record('E', { name: 'id', type: 'int' }));
  registry.register(
    9,
    'events-value',
    2,
    record('E', { name: 'id', type: 'long' }, { name: 'kind', type: 'string', default: 'old' }),
  );
  const { rows } = await run(
    'avro',
    wireValue(3, avroLong(7n)),
    wireValue(9, avroLong(2n ** 53n + 1n), avroText('new')),
    wireValue(3, avroLong(8n)),
  );
  expect(rows.map(({ id, kind }) => [id, kind])).toEqual([
    ['7', 'old'],
    ['9007199254740993', 'new'],
    ['8', 'old'],
  ]);
  expect(registry.requests).toEqual(['/subjects/events-value/versions/latest', '/schemas/ids/3', '/schemas/ids/9']);
});

it('needs no registry for schemas that it knows, and asks again for those that were unknown', async () => {
  registry.register(3, 'events-value', 1, record('E', { name: 'id', type: 'int' }));
  await run('avro', wireValue(3, avroLong(1n)), wireValue(4, avroLong(1n)));
  registry.register(4, 'other', 1, record('E', { name: 'id', type: 'int' }));
  const asked = registry.requests.length;
  const { rows, deadLetters } = await run('avro', wireValue(3, avroLong(1n)), wireValue(4, avroLong(2n)));
  expect(rows.map(({ id }) => id)).toEqual([1, 2]);
  expect(deadLetters).toEqual([]);
  expect(registry.requests.slice(asked)).toEqual(['/subjects/events-value/versions/latest', '/schemas/ids/4']);
});

it('makes dead letters of unknown, foreign and missing schemas, with the id', async () => {
  registry.register(4, 'other', 1, { schemaType: 'JSON', schema: '{}' });
  registry.register(3, 'events-value', 1, record('E', { name: 'id', type: 'int' }));
  const { rows, deadLetters } = await run(
    'avro',
    wireValue(77, avroLong(1n)),
    wireValue(4, Buffer.from('{}')),
    Buffer.from('{"id":1}'),
    wireValue(3, Buffer.from([0x80])),
    wireValue(3, avroLong(1n)),
    null,
  );
  expect(rows).toMatchObject([{ id: 1, _offset: '4' }]);
  expect(deadLetters.map((row) => [row['offset'], row['error_code'], row['schema_id']])).toEqual([
    ['0', 'UNKNOWN_SCHEMA', 77],
    ['1', 'UNDECODABLE', 4],
    ['2', 'UNDECODABLE', null],
    ['3', 'UNDECODABLE', 3],
    ['5', 'TOMBSTONE', null],
  ]);
  expect(deadLetters[0]?.['value']).toBe('\\x00\\x00\\x00\\x00M\\x02');
});

it('keeps the schema id of records that the steps reject', async () => {
  const at = { type: 'long', logicalType: 'timestamp-micros' };
  registry.register(3, 'events-value', 1, record('E', { name: 'at', type: at }));
  const { deadLetters } = await run('avro', wireValue(3, avroLong(2n ** 62n)));
  expect(deadLetters).toMatchObject([{ error_code: 'CAST_FAILED', schema_id: 3 }]);
});

it('reads the messages of a Protobuf file by their place, with what it imports', async () => {
  registry.register(1, 'money', 1, {
    schemaType: 'PROTOBUF',
    schema: 'syntax = "proto3"; package m; message Money { int64 units = 1; }',
  });
  registry.register(5, 'events-value', 1, {
    schemaType: 'PROTOBUF',
    schema: `syntax = "proto3"; import "m.proto"; message A { m.Money total = 1; string s = 2; message In { string s = 1; } }
             message B { string s = 1; }`,
    references: [{ name: 'm.proto', subject: 'money', version: 1 }],
  });
  const text = (field: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([(field << 3) | 2]), avroLess(value)]);
  const total = Buffer.concat([Buffer.from([0x0a, 2, 8]), varint(5n)]);
  const { rows } = await run(
    'protobuf',
    wireValue(5, Buffer.from([0]), total, text(2, 'a')),
    wireValue(5, avroLong(1n), avroLong(1n), text(1, 'b')),
    wireValue(5, avroLong(2n), avroLong(0n), avroLong(0n), text(1, 'c')),
  );
  expect(rows.map((row) => [row['total'], row['s']])).toEqual([
    [{ units: '5' }, 'a'],
    [null, 'b'],
    [null, 'c'],
  ]);
});

function avroLess(value: string): Buffer {
  return Buffer.concat([varint(BigInt(value.length)), Buffer.from(value)]);
}

it('reads JSON behind the id of its schema', async () => {
  const money = { type: 'object', properties: { units: { type: 'integer' } } };
  registry.register(1, 'money', 1, { schemaType: 'JSON', schema: JSON.stringify(money) });
  const node = { type: 'object', properties: { name: { type: 'string' }, next: { $ref: '#/$defs/node' } } };
  const properties = { total: { $ref: 'money.json' }, node: { $ref: '#/$defs/node' } };
  registry.register(6, 'events-value', 1, {
    schemaType: 'JSON',
    schema: JSON.stringify({ type: 'object', properties, $defs: { node } }),
    references: [{ name: 'money.json', subject: 'money', version: 1 }],
  });
  const { rows, deadLetters } = await run(
    'jsonSchema',
    wireValue(6, Buffer.from('{"total":{"units":9007199254740993},"node":{"name":"a","next":{"name":"b"}}}')),
    wireValue(6, Buffer.from('{"total":')),
    wireValue(6, Buffer.from([0x22, 0xff, 0x22])),
    Buffer.from('{"total":null}'),
  );
  expect(rows).toMatchObject([{ total: { units: '9007199254740993' }, node: { name: 'a', next: '{"name":"b"}' } }]);
  expect(deadLetters.map((row) => [row['offset'], row['error_code'], row['schema_id']])).toEqual([
    ['1', 'INVALID_JSON', 6],
    ['2', 'UNDECODABLE', 6],
    ['3', 'UNDECODABLE', null],
  ]);
});

it('reads Avro schemas that refer to others', async () => {
  registry.register(1, 'money', 1, {
    schema: '{"type":"record","name":"m.Money","fields":[{"name":"units","type":"long"}]}',
  });
  registry.register(2, 'events-value', 1, {
    ...record('E', { name: 'total', type: 'm.Money' }),
    references: [{ name: 'm.Money', subject: 'money', version: 1 }],
  });
  const { rows } = await run('avro', wireValue(2, avroLong(5n)));
  expect(rows).toMatchObject([{ total: { units: '5' } }]);
});

it.each([
  [500, '{"error_code":50001}'],
  [404, '<html>no such page</html>'],
  [404, '{"detail":"a proxy of some other kind"}'],
  [401, '{"error_code":40101}'],
])('takes the answer %i %s for an outage, not for an unknown schema', async (status, body) => {
  registry.register(3, 'events-value', 1, record('E', { name: 'id', type: 'int' }));
  const from = { kind: 'registry', url: registry.url, subject: 'events-value' } as const;
  const parse: BinaryParse = { format: 'avro', from, schema: [], onCastFailure: 'reject' };
  const { parse: pinned } = (await pinSchema(jobSpec({ parse }), { env: {} })).steps;
  registry.outage = { status, body };
  await expect(runPipeline({ parse: pinned }, [{ value: wireValue(3, avroLong(1n)) }])).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
  });
});

it('takes a registry that is not there for an outage', async () => {
  await registry.stop();
  await expect(run('avro')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true });
});

it.each([
  ['a record', record('K', { name: 'id', type: 'long' }), { id: '7' }],
  ['a single value', { schema: '"long"' }, '7'],
])('decodes keys in the wire format: %s', async (_about, schema, expected) => {
  registry.register(3, 'events-key', 1, schema);
  const from = { kind: 'registry', url: registry.url, subject: 'events-key' } as const;
  const decoded = async (onFailure: 'reject' | 'null'): Promise<PipelineRun> => {
    const parse: BinaryParse = { format: 'avro', from, schema: [], onCastFailure: onFailure };
    const key: KeyStep = { parse, columns: { kind: 'whole', column: 'k' }, onFailure };
    const parts = { metadata: { _id: 'keySchemaId', _offset: 'offset' }, key } as const;
    const { steps } = await pinSchema(jobSpec(parts), { env: {} });
    const keys = [wireValue(3, avroLong(7n)), wireValue(99, avroLong(7n)), Buffer.from('plain'), null];
    const records = keys.map((given) => ({ value: 'v', key: given }));
    return runPipeline({ ...parts, key: steps.key }, records, { orderBy: '_offset' });
  };
  const { rows, deadLetters } = await decoded('reject');
  expect(rows).toEqual([
    { k: expected, _id: 3, _offset: '0' },
    { k: null, _id: null, _offset: '3' },
  ]);
  expect(deadLetters.map((row) => [row['offset'], row['step'], row['error_code'], row['schema_id']])).toEqual([
    ['1', 'key', 'UNKNOWN_SCHEMA', 99],
    ['2', 'key', 'UNDECODABLE', null],
  ]);
  const kept = await decoded('null');
  expect(kept.rows.map((row) => [row['k'], row['_id']])).toEqual([
    [expected, 3],
    [null, 99],
    [null, null],
    [null, null],
  ]);
});
