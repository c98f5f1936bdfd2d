import protobuf from 'protobufjs';
import { field as column, type DataType, type StructField } from '../../model/table/table-schema.ts';
import { isWrapper, wellKnownName } from './protobuf-schema.ts';

/** The table's columns for a message: one per field, those of a oneof too. */
export function protobufColumns(message: protobuf.Type): readonly StructField[] {
  return columnsOf(message, []);
}

function columnsOf(message: protobuf.Type, outer: readonly protobuf.Type[]): StructField[] {
  return message.fieldsArray.map((field) => column(field.name, fieldType(field, [...outer, message])));
}

function fieldType(field: protobuf.Field, outer: readonly protobuf.Type[]): DataType {
  const type = protobufDataType(field, outer);
  if (field instanceof protobuf.MapField) {
    return { type: 'map', keyType: 'string', valueType: type, valueContainsNull: true };
  }
  return field.repeated ? { type: 'array', elementType: type, containsNull: true } : type;
}

/** The Delta type for one value of a field; docs/formats.md has the table. */
export function protobufDataType(field: protobuf.Field, outer: readonly protobuf.Type[] = []): DataType {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return messageDataType(resolvedType, outer);
  if (resolvedType !== null) return 'string';
  switch (field.type) {
    case 'double':
    case 'float':
      return field.type;
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return 'integer';
    case 'uint32':
    case 'fixed32':
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return 'long';
    case 'uint64':
    case 'fixed64':
      return 'decimal(20,0)';
    case 'bool':
      return 'boolean';
    case 'bytes':
      return 'binary';
    default:
      return 'string';
  }
}

function messageDataType(message: protobuf.Type, outer: readonly protobuf.Type[]): DataType {
  const name = wellKnownName(message);
  if (name === 'Timestamp') return 'timestamp';
  if (name === 'Struct' || name === 'Value' || name === 'ListValue') return 'string';
  const [wrapped] = message.fieldsArray;
  if (isWrapper(name) && wrapped !== undefined) return protobufDataType(wrapped, outer);
  // A type that holds itself has no end, and Parquet has no empty struct: both are kept as JSON.
  if (outer.includes(message) || wrapped === undefined) return 'string';
  return { type: 'struct', fields: columnsOf(message, outer) };
}
