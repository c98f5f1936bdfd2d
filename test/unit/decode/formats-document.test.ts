import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { avroSchemaColumns } from '../../../src/decode/avro/avro-codec.ts';
import { jsonSchemaColumns } from '../../../src/decode/json-schema/json-schema-columns.ts';
import { protobufSchemaColumns } from '../../../src/decode/protobuf/protobuf-codec.ts';
import type { StructField } from '../../../src/model/table/table-schema.ts';
import { checkJobText } from '../../../src/spec/parse-job.ts';
import { formatType } from '../../../src/spec/column-types/type-format.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'formats.md'), 'utf8');

function tableOf(title: string): [source: string, column: string][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
  return Array.from(section.matchAll(/^\| `(.+?)` +\| `(.+?)` +\|$/gm), ([, source = '', column = '']) => [
    source,
    column,
  ]);
}

function typeOf(columns: readonly StructField[]): string {
  const [column] = columns;
  return column === undefined ? 'none' : formatType(column.type);
}

describe('docs/formats.md', () => {
  const avro = tableOf('Avro types');
  const protobuf = tableOf('Protobuf types');
  const jsonSchema = tableOf('JSON Schema types');

  it('has its tables', () => {
    expect([avro.length, protobuf.length, jsonSchema.length]).toEqual([30, 33, 16]);
  });

  it.each(avro)('says what becomes of Avro %s', (type, column) => {
    const record = `{"type":"record","name":"R","fields":[{"name":"f","type":${type}}]}`;
    expect(typeOf(avroSchemaColumns({ text: record, references: [] }))).toBe(column);
  });

  it.each(jsonSchema)('says what becomes of JSON Schema %s', (schema, column) => {
    const object = `{"type":"object","properties":{"f":${schema}},"$defs":{"Flag":{"type":"boolean"}}}`;
    expect(typeOf(jsonSchemaColumns({ text: object, references: [] }))).toBe(column);
  });

  it.each(protobuf)('says what becomes of Protobuf %s', (field, column) => {
    const known = /google\.protobuf\.(\w+)/.exec(field)?.[1] ?? '';
    const files: Record<string, string> = { Value: 'struct', ListValue: 'struct', FieldMask: 'field_mask' };
    const file = files[known] ?? (known.endsWith('Value') ? 'wrappers' : known.toLowerCase());
    const schema =
      `syntax = "proto3"; ${known === '' ? '' : `import "google/protobuf/${file}.proto";`} ` +
      `message M { ${field} } message Inner { int32 a = 1; } message Nothing {} enum Kind { A = 0; }`;
    expect(typeOf(protobufSchemaColumns({ text: schema, references: [] }))).toBe(column);
  });

  it('shows jobs that are in order', () => {
    const jobs = Array.from(text.matchAll(/```yaml\n(.*?)```/gs), ([, yaml = '']) => yaml);
    expect(jobs).toHaveLength(2);
    for (const yaml of jobs) {
      expect(checkJobText(yaml, { fileName: 'example.yaml', env: {}, workingFolder: '/w' })).toMatchObject({
        ok: true,
      });
    }
  });
});
