import { openEncoder } from '../../src/decode/open-encoder.ts';
import { schemaColumns } from '../../src/decode/schema-columns.ts';
import type { BinaryParse, PinnedSchema } from '../../src/model/job/binary-parse.ts';
import type { ParseStep } from '../../src/model/job/job-spec.ts';
import type { DataType, StructField } from '../../src/model/table/table-schema.ts';
import { benchEvent } from '../bench-events.ts';

/** The bench's API events in one format, and how a job reads them. */
export interface EventFormat {
  readonly parse: ParseStep;
  /** Bytes of the event of each index; none is broken. */
  readonly values: (count: number) => Uint8Array[];
}

export type FormatName = 'json' | 'avro' | 'protobuf';

/** `schema`: the columns of the events. */
export function eventFormat(name: FormatName, schema: readonly StructField[]): EventFormat {
  if (name === 'json') {
    return {
      parse: { format: 'json', schema, onCastFailure: 'reject' },
      values: (count) => jsonEvents(count).map((e) => Buffer.from(e)),
    };
  }
  const pinned: PinnedSchema =
    name === 'avro'
      ? { text: JSON.stringify(avroType('Event', { type: 'struct', fields: schema })), references: [] }
      : { text: protoFile(schema), references: [], message: 'Event' };
  const parse: BinaryParse = {
    format: name,
    from: { kind: 'file', path: `events.${name}` },
    schema: schemaColumns(name, pinned),
    pinned,
    onCastFailure: 'reject',
  };
  const encode = openEncoder(parse);
  if (encode === undefined) throw new Error(`events cannot be written as ${name}`);
  return {
    parse,
    values: (count) =>
      jsonEvents(count).map((event) => encode(withTime(name, JSON.parse(event) as Record<string, unknown>))),
  };
}

function jsonEvents(count: number): string[] {
  // Every hundredth event of the bench is broken JSON.
  return Array.from({ length: count }, (_, index) => benchEvent('api', index % 100 === 99 ? index - 1 : index, 7));
}

function withTime(name: FormatName, event: Record<string, unknown>): Record<string, unknown> {
  const timeMs = Date.parse(String(event['event_timestamp']));
  const time = name === 'avro' ? timeMs : { seconds: Math.floor(timeMs / 1000), nanos: (timeMs % 1000) * 1_000_000 };
  return { ...event, event_timestamp: time };
}

function avroType(name: string, type: DataType): unknown {
  if (type === 'timestamp') return { type: 'long', logicalType: 'timestamp-millis' };
  if (typeof type === 'string') return type;
  if (type.type !== 'struct') throw new Error(`no event has a ${type.type}`);
  return {
    type: 'record',
    name,
    fields: type.fields.map((field) => ({ name: field.name, type: avroType(`${field.name}_`, field.type) })),
  };
}

const protoTypes: Readonly<Record<string, string>> = {
  string: 'string',
  long: 'int64',
  double: 'double',
  boolean: 'bool',
  timestamp: 'google.protobuf.Timestamp',
};

function protoFile(schema: readonly StructField[]): string {
  const head = 'syntax = "proto3"; import "google/protobuf/timestamp.proto";';
  return `${head} ${protoMessage('Event', schema)}`;
}

function protoMessage(name: string, fields: readonly StructField[]): string {
  const inner = fields.map(({ name: fieldName, type }) =>
    typeof type !== 'string' && type.type === 'struct' ? protoMessage(`${fieldName}_`, type.fields) : '',
  );
  const lines = fields.map(({ name: fieldName, type }, index) => {
    const typeName = typeof type === 'string' ? (protoTypes[type] ?? type) : `${fieldName}_`;
    return `${typeName} ${fieldName} = ${index + 1};`;
  });
  return `message ${name} { ${[...inner, ...lines].join(' ')} }`;
}
