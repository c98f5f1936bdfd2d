import protobuf from 'protobufjs';
import type { PinnedSchema } from '../../model/job/binary-parse.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { protobufColumns } from './protobuf-columns.ts';
import { protobufWriter } from './protobuf-json.ts';
import { messageType } from './protobuf-schema.ts';

/** The columns of a table for messages of this schema. @throws Error with what is wrong with it. */
export function protobufSchemaColumns(schema: PinnedSchema): readonly StructField[] {
  return protobufColumns(messageType(schema));
}

/** A function from bytes to JSON text. @throws Error with what is wrong with the schema. */
export function protobufToJson(schema: PinnedSchema): (bytes: Uint8Array) => string {
  const message = messageType(schema);
  const write = protobufWriter(message);
  return (bytes) => write(message.decode(bytes));
}

/** A function from plain values to bytes, for values as people write them. @throws Error for what is no such message. */
export function protobufFromPlain(schema: PinnedSchema): (value: Readonly<Record<string, unknown>>) => Uint8Array {
  const message = messageType(schema);
  return (value) => {
    checkFieldNames(message, value);
    return message.encode(message.fromObject(value)).finish();
  };
}

/** The library passes over fields that there are not. */
function checkFieldNames(message: protobuf.Type, value: object): void {
  for (const [name, content] of Object.entries(value) as [string, unknown][]) {
    const field = message.fields[name];
    if (field === undefined) throw new Error(`the message ${message.name} has no field ${name}`);
    if (!(field.resolvedType instanceof protobuf.Type) || field.map) continue;
    const items: readonly unknown[] = Array.isArray(content) ? content : [content];
    for (const item of items) if (typeof item === 'object' && item !== null) checkFieldNames(field.resolvedType, item);
  }
}
