import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { protobufSchemaColumns, protobufToJson } from '../../../../src/decode/protobuf/protobuf-codec.ts';
import { readSchemaFile } from '../../../../src/ingest/schema/schema-file.ts';

const source = `syntax = "proto3"; package t.v1;
  import "google/protobuf/timestamp.proto";
  enum Kind { UNKNOWN = 0; BIG = 1; }
  message First {
    message Inner { int32 in_side = 1; }
    int64 order_id = 1; optional int32 maybe = 2; Kind kind = 3; repeated string tags = 4;
    map<string, Inner> by_name = 5; map<int64, bool> by_number = 6;
    oneof choice { string text = 7; bytes data = 8; }
    google.protobuf.Timestamp at = 9; Inner inner = 10; repeated double packed = 11;
  }
  message Second { bool b = 1; }`;

const { nested: wellKnown } = protobuf.common.get('google/protobuf/timestamp.proto')!;

/** As `protoc --include_imports` writes it: the files that others need come first. */
async function descriptorFile(): Promise<string> {
  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.addJSON(wellKnown!);
  root.resolveAll();
  const set = descriptor.FileDescriptorSet.toObject(root.toDescriptor('proto3')) as descriptor.IFileDescriptorSet;
  const file = set.file.toSorted((left, right) => Number(left.package === 't.v1') - Number(right.package === 't.v1'));
  const folder = await mkdtemp(join(tmpdir(), 'bronze-descriptors-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'record.desc');
  await writeFile(
    path,
    descriptor.FileDescriptorSet.encode(descriptor.FileDescriptorSet.fromObject({ file })).finish(),
  );
  return path;
}

it('reads a compiled schema as the .proto file that it was made of', async () => {
  const compiled = await readSchemaFile('protobuf', { kind: 'file', path: await descriptorFile() });
  const plain = { text: source, references: [] };
  expect(protobufSchemaColumns(compiled)).toEqual(protobufSchemaColumns(plain));

  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.addJSON(wellKnown!);
  const message = root.lookupType('t.v1.First');
  const bytes = message
    .encode(
      message.fromObject({
        ...{ order_id: '9007199254740993', kind: 'BIG', tags: ['a'], by_name: { k: { in_side: 5 } } },
        ...{ by_number: { 7: true }, data: Buffer.from('x'), at: { seconds: 1, nanos: 500_000_000 }, packed: [0.5] },
      }),
    )
    .finish();
  expect(protobufToJson(compiled)(bytes)).toBe(protobufToJson(plain)(bytes));
});

it('takes another message where one is named', async () => {
  const from = { kind: 'file', path: await descriptorFile(), message: 't.v1.Second' } as const;
  expect(protobufSchemaColumns(await readSchemaFile('protobuf', from)).map(({ name }) => name)).toEqual(['b']);
});
