import type { BinaryParse, PinnedSchema } from '../model/job/binary-parse.ts';
import type { StructField } from '../model/table/table-schema.ts';
import { avroSchemaColumns } from './avro/avro-codec.ts';
import { jsonSchemaColumns } from './json-schema/json-schema-columns.ts';
import { protobufSchemaColumns } from './protobuf/protobuf-codec.ts';

const columnsByFormat: Readonly<Record<BinaryParse['format'], (schema: PinnedSchema) => readonly StructField[]>> = {
  avro: avroSchemaColumns,
  protobuf: protobufSchemaColumns,
  jsonSchema: jsonSchemaColumns,
};

/** The columns of a table for values of this schema. @throws Error with what is wrong with it. */
export function schemaColumns(format: BinaryParse['format'], schema: PinnedSchema): readonly StructField[] {
  return columnsByFormat[format](schema);
}
