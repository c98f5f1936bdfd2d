/** Delta's type vocabulary, in the JSON form of `schemaString` (PROTOCOL.md, Schema Serialization Format). */
export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'float'
  | 'double'
  | 'boolean'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  /** Of a column that has no values yet: no data file has it. */
  | 'void'
  | `decimal(${number},${number})`;

/** No name of a column: in JavaScript's objects it is none of their own keys. */
export const unusableName = '__proto__';

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

export interface ArrayType {
  readonly type: 'array';
  readonly elementType: DataType;
  readonly containsNull: boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
}

export type DataType = PrimitiveType | StructType | ArrayType | MapType;

export interface StructField {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A field with no metadata; nullable unless told otherwise. */
export function field(name: string, type: DataType, nullable = true): StructField {
  return { name, type, nullable, metadata: {} };
}

export function struct(...fields: readonly StructField[]): StructType {
  return { type: 'struct', fields };
}

/** The field with all that is in it nullable, for values of which any part can be missing. */
export function nullableField({ type, ...rest }: StructField): StructField {
  return { ...rest, type: nullableParts(type), nullable: true };
}

function nullableParts(type: DataType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return { ...type, fields: type.fields.map(nullableField) };
    case 'array':
      return { ...type, elementType: nullableParts(type.elementType), containsNull: true };
    case 'map':
      return { ...type, valueType: nullableParts(type.valueType), valueContainsNull: true };
  }
}
