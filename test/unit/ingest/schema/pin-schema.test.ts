import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pinSchema } from '../../../../src/ingest/schema/pin-schema.ts';
import type { JobSpec } from '../../../../src/model/job/job-spec.ts';
import { parseJob } from '../../../../src/spec/parse-job.ts';
import { tableSchema } from '../../../../src/transform/table-schema.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bronze-schemas-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function job(parse: string, more = ''): JobSpec {
  const text = `source: { topics: [orders] }\nsteps:\n  parse: ${parse}\n${more}`;
  return parseJob(text, { fileName: 'orders.yaml', env: {}, workingFolder: folder });
}

async function file(name: string, text: string): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), text);
}

function columnsOf(spec: JobSpec): string[] {
  return tableSchema(spec).fields.map(({ name, type }) => `${name} ${typeof type === 'string' ? type : type.type}`);
}

it('takes the columns of an Avro schema file, and the raw value as bytes', async () => {
  const fields = [
    { name: 'id', type: 'long' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ];
  await file('order.avsc', JSON.stringify({ type: 'record', name: 'Order', fields }));
  const spec = await pinSchema(job('{ format: avro, schemaFile: order.avsc }'), { env: {} });
  expect(columnsOf(spec).slice(0, 3)).toEqual(['id long', 'tags array', '_raw_value binary']);
});

it('takes the columns of a .proto file that imports others', async () => {
  await file('common/money.proto', 'syntax = "proto3"; package c; message Money { int64 units = 1; }');
  await file(
    'order.proto',
    'syntax = "proto3"; package o; import "common/money.proto"; message Other {} message Order { c.Money total = 1; }',
  );
  const spec = job('{ format: protobuf, schemaFile: order.proto, message: o.Order }');
  const pinned = await pinSchema(spec, { env: {} });
  expect(columnsOf(pinned)[0]).toBe('total struct');
  await rm(join(folder, 'order.proto'));
  expect(await pinSchema(pinned, { env: {} })).toBe(pinned);
});

it('prefers the columns that the job gives', async () => {
  await file('two.avsc', JSON.stringify({ type: 'record', name: 'T', fields: [{ name: 'a', type: 'int' }] }));
  const parse = '{ format: avro, schemaFile: two.avsc, schema: { a: bigint not null } }';
  expect(columnsOf(await pinSchema(job(parse), { env: {} }))[0]).toBe('a long');
});

it('takes the columns of keys from their own schemas: records as a struct, single values as they are', async () => {
  await file('key.avsc', JSON.stringify({ type: 'record', name: 'K', fields: [{ name: 'id', type: 'long' }] }));
  await file('single.avsc', '"string"');
  const columns = async (key: string): Promise<string[]> => {
    const spec = await pinSchema(job(`{ format: raw, key: { format: avro, ${key} } }`), { env: {} });
    expect(await pinSchema(spec, { env: {} })).toBe(spec);
    return columnsOf(spec).slice(0, -6);
  };
  expect(await columns('schemaFile: key.avsc')).toEqual(['_key struct']);
  expect(await columns('schemaFile: key.avsc, as: { order_id: id }')).toEqual(['order_id long']);
  expect(await columns('schemaFile: single.avsc, as: order_id')).toEqual(['order_id string']);
  await expect(columns('schemaFile: key.avsc, as: { order_id: nope }')).rejects.toMatchObject({
    code: 'PIPELINE_INVALID',
    message: expect.stringContaining('steps.parse.key.as: the key has no field nope') as string,
  });
  await expect(columns('schemaFile: none.avsc')).rejects.toThrow(/steps\.parse\.key: cannot read .*none\.avsc/);
});

it('says what is wrong with the file, or with what the job makes of it', async () => {
  await expect(pinSchema(job('{ format: avro, schemaFile: none.avsc }'), { env: {} })).rejects.toThrow(/none\.avsc/);
  await file('bad.avsc', '{"type": "record"');
  await expect(pinSchema(job('{ format: avro, schemaFile: bad.avsc }'), { env: {} })).rejects.toMatchObject({
    code: 'SPEC_INVALID',
  });
  await file('one.avsc', JSON.stringify({ type: 'record', name: 'T', fields: [{ name: 'a', type: 'int' }] }));
  const wrong = job('{ format: avro, schemaFile: one.avsc }', 'table: { partitionBy: [b] }');
  await expect(pinSchema(wrong, { env: {} })).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
});

it.each([
  ['{ format: avro }', 'needs a schemaFile or a registry'],
  ['{ format: avro, schemaFile: a, registry: "http://r" }', 'exclude each other'],
  ['{ format: avro, registry: "http://u:p@r" }', 'SCHEMA_REGISTRY_BASIC_AUTH'],
])('refuses %s', (parse, problem) => {
  expect(() => job(parse)).toThrow(problem);
});
