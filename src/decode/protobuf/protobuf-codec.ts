import type { PinnedSchema } from '../../model/binary-parse.ts';
import type { StructField } from '../../model/table-schema.ts';
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
