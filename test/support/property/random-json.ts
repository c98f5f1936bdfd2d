import fc from 'fast-check';
import { decimalParts, isDecimal } from '../../../src/model/pipeline/sql-text.ts';
import type { DataType, PrimitiveType, StructField } from '../../../src/model/table/table-schema.ts';
import type { JsonEntry, JsonStyle, JsonTree } from './json-tree.ts';
import { columnName } from './random-schema.ts';

const text = (value: string): JsonTree => ({ kind: 'string', value });
const number = (numeral: string): JsonTree => ({ kind: 'number', numeral });
const absent: JsonTree = { kind: 'null' };

const randomText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '👋🏽 שלום',
    'NaN',
    '15e-1',
    '1.5',
    '1.2345e0',
    '--',
    'TRUE',
    'null',
    '12',
    '2024-02-29',
  ),
);

/** Numerals of all forms and sizes. */
const numeral = fc.oneof(
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer({ min: -200, max: 200 }).map(String),
  fc.constantFrom(
    '9007199254740993',
    '9007199254740993.0',
    '-0',
    '-0.0',
    '0.0',
    '1e3',
    '15e-1',
    '1.5E+2',
    '1e400',
    '1234567890123456789e0',
  ),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat(38))
    .map(([digits, scale]) => scaled(digits, scale)),
  fc.tuple(fc.integer(), fc.integer({ min: -45, max: 45 })).map(([digits, exponent]) => `${digits}e${exponent}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
);

/** Digits with a point that many places from their end. */
function scaled(digits: bigint, scale: number): string {
  const magnitude = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const point = magnitude.length - scale;
  const fraction = scale === 0 ? '' : `.${magnitude.slice(point)}`;
  return `${digits < 0n ? '-' : ''}${magnitude.slice(0, point)}${fraction}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

const dateText = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(1969, 1970, 2024)),
    fc.integer({ min: 1, max: 12 }),
  )
  .chain(([year, month]) =>
    fc.integer({ min: 1, max: 31 }).map((day) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`),
  );

const timeText = (zones: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(dateText, fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999_999), fc.nat(9))
    .chain(([date, hour, minute, second, nanos, digits]) =>
      fc.constantFrom(...zones).chain((zone) =>
        fc.constantFrom('T', ' ').map((sign) => {
          const fraction = digits === 0 ? '' : `.${String(nanos).padStart(9, '0').slice(0, digits)}`;
          return `${date}${sign}${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`;
        }),
      ),
    );

/** Values that mostly fit the type; some are just beyond it. */
function scalarOf(type: PrimitiveType): fc.Arbitrary<JsonTree> {
  if (isDecimal(type)) {
    const { precision, scale } = decimalParts(type);
    const limit = 10n ** BigInt(precision);
    return fc
      .tuple(fc.bigInt({ min: -limit, max: limit }), fc.boolean())
      .map(([digits, isText]) => (isText ? text : number)(scaled(digits, scale)));
  }
  const whole = (bits: bigint): fc.Arbitrary<JsonTree> =>
    fc.bigInt({ min: -(1n << bits) - 1n, max: 1n << bits }).map((value) => number(String(value)));
  switch (type) {
    case 'long':
      return whole(63n);
    case 'integer':
      return whole(31n);
    case 'short':
      return whole(15n);
    case 'byte':
      return whole(7n);
    case 'double':
    case 'float':
      return numeral.map(number);
    case 'boolean':
      return fc.boolean().map((value): JsonTree => ({ kind: 'boolean', value }));
    case 'binary':
      return fc.uint8Array({ maxLength: 9 }).map((bytes) => text(Buffer.from(bytes).toString('base64')));
    case 'date':
      return dateText.map(text);
    case 'timestamp':
      return timeText(['Z', '', '+00:00', '+05:30', '-11:00', '+14:00']).map(text);
    case 'timestamp_ntz':
      return timeText(['']).map(text);
    default:
      return randomText.map(text);
  }
}

/** Any JSON at all, up to three deep. */
function anything(depth: number): fc.Arbitrary<JsonTree> {
  const scalars = fc.oneof(
    fc.constant(absent),
    fc.boolean().map((value): JsonTree => ({ kind: 'boolean', value })),
    numeral.map(number),
    randomText.map(text),
    dateText.map(text),
  );
  if (depth === 0) return scalars;
  const inner = anything(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: scalars },
    fc.array(inner, { maxLength: 3 }).map((items): JsonTree => ({ kind: 'array', items })),
    fc.array(fc.tuple(columnName, inner), { maxLength: 3 }).map((entries): JsonTree => ({ kind: 'object', entries })),
  );
}

const anyJson = anything(2);

/** What makes a record interesting, in percent. */
interface Dirt {
  readonly missing: number;
  readonly wrong: number;
}

function valueOf(type: DataType, dirt: Dirt): fc.Arbitrary<JsonTree> {
  return fc.oneof(
    { weight: 100 - dirt.wrong - dirt.missing, arbitrary: fittingValue(type, dirt) },
    { weight: dirt.missing, arbitrary: fc.constant(absent) },
    { weight: dirt.wrong, arbitrary: anyJson },
  );
}

function fittingValue(type: DataType, dirt: Dirt): fc.Arbitrary<JsonTree> {
  if (typeof type === 'string') return scalarOf(type);
  switch (type.type) {
    case 'array':
      return fc
        .array(valueOf(type.elementType, dirt), { maxLength: 4 })
        .map((items): JsonTree => ({ kind: 'array', items }));
    case 'map':
      return fc
        .array(fc.tuple(fc.oneof(columnName, fc.constantFrom('k', '')), valueOf(type.valueType, dirt)), {
          maxLength: 4,
        })
        .map((entries): JsonTree => ({ kind: 'object', entries }));
    case 'struct':
      return objectOf(type.fields, dirt);
  }
}

/** Fields in any order, some missing, some twice, and some that the schema does not name. */
function objectOf(fields: readonly StructField[], dirt: Dirt): fc.Arbitrary<JsonTree> {
  const entries = fields.map((field): fc.Arbitrary<JsonEntry[]> => {
    const entry = valueOf(field.type, dirt).map((value): JsonEntry => [field.name, value]);
    return fc.oneof(
      { weight: 95 - dirt.missing, arbitrary: entry.map((one): JsonEntry[] => [one]) },
      { weight: dirt.missing, arbitrary: fc.constant<JsonEntry[]>([]) },
      { weight: 5, arbitrary: fc.tuple(entry, entry) },
    );
  });
  const extra = fc.array(fc.tuple(columnName, anyJson), { maxLength: 2 });
  return fc
    .tuple(fc.tuple(...entries), fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, extra))
    .chain(([own, others]) =>
      fc.shuffledSubarray([...own.flat(), ...others], { minLength: own.flat().length + others.length }),
    )
    .map((shuffled): JsonTree => ({ kind: 'object', entries: shuffled }));
}

/** Records of a topic whose producers mostly, often or never mind the schema. */
export function randomRecords(schema: readonly StructField[]): fc.Arbitrary<JsonTree[]> {
  return fc
    .constantFrom<Dirt[]>({ missing: 0, wrong: 0 }, { missing: 5, wrong: 3 }, { missing: 15, wrong: 10 })
    .chain((dirt) =>
      fc.array(fc.oneof({ weight: 20, arbitrary: objectOf(schema, dirt) }, anyJson), { minLength: 1, maxLength: 25 }),
    );
}

export const randomStyle: fc.Arbitrary<JsonStyle> = fc.record({
  space: fc.constantFrom('', ' ', '\n\t', ' \r\n'),
  escapesAll: fc.boolean(),
});
