import type { PlainValue } from '../lake/query/plain-value.ts';
import type { ExpectedRow, ExpectedValue } from '../model/job/job-test.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import type { TrialRow } from './trial-files.ts';

/** A column, or a field within it, that is not as expected. */
export interface ColumnDifference {
  /** `customer.tags[2]` */
  readonly column: string;
  readonly expected: ExpectedValue;
  readonly actual: PlainValue;
}

/** What differs in the columns that the expected row names. */
export function rowDifferences(
  columns: readonly StructField[],
  expected: ExpectedRow,
  actual: Pick<TrialRow, 'values'>,
): readonly ColumnDifference[] {
  return columns.flatMap(({ name, type }, index) => {
    const value = expected[name];
    return value === undefined ? [] : valueDifferences(type, value, actual.values[index] ?? null, name);
  });
}

function valueDifferences(
  type: DataType,
  expected: ExpectedValue,
  actual: PlainValue,
  column: string,
): readonly ColumnDifference[] {
  const different = [{ column, expected, actual }];
  if (expected === null || actual === null) return expected === actual ? [] : different;
  if (typeof type === 'string') return isSame(expected, actual) ? [] : different;
  switch (type.type) {
    case 'array': {
      if (!Array.isArray(expected) || !Array.isArray(actual) || expected.length !== actual.length) return different;
      const [wanted, found]: [readonly ExpectedValue[], readonly PlainValue[]] = [expected, actual];
      return wanted.flatMap((item, at) =>
        valueDifferences(type.elementType, item, found[at] ?? null, `${column}[${at}]`),
      );
    }
    case 'struct': {
      if (!isRecord(expected) || !isRecord(actual)) return different;
      return type.fields.flatMap((field) => {
        const wanted = expected[field.name];
        return wanted === undefined
          ? []
          : valueDifferences(field.type, wanted, actual[field.name] ?? null, `${column}.${field.name}`);
      });
    }
    case 'map': {
      if (!isRecord(expected) || !isRecord(actual)) return different;
      const keys = Object.keys(expected);
      if (keys.length !== Object.keys(actual).length || !keys.every((key) => Object.hasOwn(actual, key)))
        return different;
      return keys.flatMap((key) =>
        valueDifferences(
          type.valueType,
          expected[key] ?? null,
          actual[key] ?? null,
          `${column}[${JSON.stringify(key)}]`,
        ),
      );
    }
  }
}

/** −0.0 is not 0.0: the bits in the table differ. */
function isSame(expected: ExpectedValue, actual: PlainValue): boolean {
  if (expected instanceof Uint8Array || actual instanceof Uint8Array) {
    return expected instanceof Uint8Array && actual instanceof Uint8Array && Buffer.compare(expected, actual) === 0;
  }
  return Object.is(expected, actual);
}

function isRecord<T extends PlainValue | ExpectedValue>(
  value: T,
): value is Exclude<T, null | boolean | number | bigint | string | Uint8Array | readonly unknown[]> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
