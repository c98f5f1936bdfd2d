import fc from 'fast-check';
import { field, type DataType, type PrimitiveType, type StructField } from '../../../src/model/table/table-schema.ts';

const oddNames = [
  ...['select', 'from', 'order by', 'a.b', 'a b', 'q"q', "it's", 'back\\slash', 'x/y~z', '$', '*', '[]', 'a[]', '😀é'],
  ...['שלום', 'value', 'key', 'null', 'true', '0', '-', ' lead', 'trail ', '{}', 'a,b', "';--", '%', 'constructor'],
];

/** Names that a table can have, but for those that the tests add. */
export const columnName: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 2, arbitrary: fc.constantFrom(...oddNames) },
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  )
  .filter((name) => !name.includes('\0') && !name.startsWith('_'));

const decimal = fc
  .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
  .map(([precision, scale]): PrimitiveType => `decimal(${precision},${Math.min(scale, precision)})`);

export const primitiveType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  { weight: 2, arbitrary: decimal },
  fc.constantFrom<PrimitiveType[]>(
    'string',
    'long',
    'integer',
    'short',
    'byte',
    'double',
    'float',
    'boolean',
    'binary',
  ),
  fc.constantFrom<PrimitiveType[]>('date', 'timestamp', 'timestamp_ntz', 'long', 'string'),
);

const nullable = fc.integer({ min: 0, max: 5 }).map((die) => die > 0);

function fieldsOf(type: fc.Arbitrary<DataType>, maxLength: number): fc.Arbitrary<StructField[]> {
  return fc.uniqueArray(
    fc.tuple(columnName, type, nullable).map(([name, of, mayBeNull]) => field(name, of, mayBeNull)),
    { minLength: 1, maxLength, selector: ({ name }) => name.toLowerCase() },
  );
}

function typeOfDepth(depth: number): fc.Arbitrary<DataType> {
  if (depth === 0) return primitiveType;
  const inner = typeOfDepth(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: primitiveType },
    fieldsOf(inner, 3).map((fields): DataType => ({ type: 'struct', fields })),
    fc
      .tuple(inner, nullable)
      .map(([elementType, containsNull]): DataType => ({ type: 'array', elementType, containsNull })),
    fc.tuple(inner, nullable).map(([valueType, valueContainsNull]): DataType => ({
      type: 'map',
      keyType: 'string',
      valueType,
      valueContainsNull,
    })),
  );
}

/** Columns of all types, nested up to three deep. */
export const randomSchema: fc.Arbitrary<StructField[]> = fieldsOf(typeOfDepth(3), 6);
