import type { ExpectedRow, ExpectedValue } from '../../model/job/job-test.ts';
import { decimalParts, isDecimal } from '../../model/pipeline/sql-text.ts';
import type { DataType, PrimitiveType, StructField } from '../../model/table/table-schema.ts';
import { isMap, type DocumentPath } from '../document/document-path.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { readBytes, readInstantMicros } from './record-content.ts';
import { unexpectedValue, type ReportProblem } from '../document/spec-problem.ts';
import { formatType } from '../column-types/type-format.ts';

/** The columns or fields that are named, as values of their types; reports names that there are not, and wrong types. */
export function readExpectedFields(
  fields: readonly StructField[],
  values: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  report: ReportProblem,
): ExpectedRow {
  const row: Record<string, ExpectedValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field !== undefined) row[name] = readExpectedValue(field.type, value, [...path, name], report);
    else report([...path, name], noSuchName(name, fields));
  }
  return row;
}

function noSuchName(name: string, fields: readonly StructField[]): string {
  const names = fields.map((field) => field.name);
  const nearest = nearestName(name, names);
  return `there is no ${name}; ${nearest === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${nearest}?`}`;
}

function readExpectedValue(type: DataType, value: unknown, path: DocumentPath, report: ReportProblem): ExpectedValue {
  if (value === null) return null;
  const fail = (expected: string): null => {
    report(path, unexpectedValue(path, value, expected));
    return null;
  };
  if (typeof type === 'string') return readPrimitive(type, value) ?? fail(expectation(type));
  switch (type.type) {
    case 'array':
      return Array.isArray(value)
        ? value.map((item: unknown, index) => readExpectedValue(type.elementType, item, [...path, index], report))
        : fail('a list');
    case 'struct':
      return isMap(value)
        ? readExpectedFields(type.fields, value, path, report)
        : fail('a map of the fields to compare');
    case 'map':
      return isMap(value)
        ? Object.fromEntries(
            Object.entries(value).map(([key, item]) => [
              key,
              readExpectedValue(type.valueType, item, [...path, key], report),
            ]),
          )
        : fail('a map');
  }
}

function expectation(type: PrimitiveType): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'binary':
      return 'a text, {base64: …} or {hex: …}';
    case 'date':
      return 'a date such as 2026-01-27';
    case 'timestamp':
    case 'timestamp_ntz':
      return 'a time such as 2026-01-27T10:00:00.123456Z';
    default:
      return `a number (${formatType(type)})`;
  }
}

/** `undefined` where the value is not of the type. */
function readPrimitive(type: PrimitiveType, value: unknown): ExpectedValue | undefined {
  if (isDecimal(type)) return readDecimal(decimalParts(type).scale, value);
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'byte':
    case 'short':
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
    case 'long':
      return readLong(value);
    case 'float':
    case 'double':
      return readFloat(type, value);
    case 'binary':
      return readBinary(value);
    case 'date':
      return typeof value === 'string' && /^-?\d{4,}-\d\d-\d\d$/.test(value) ? value : undefined;
    case 'timestamp':
    case 'timestamp_ntz': {
      const micros = typeof value === 'string' ? readInstantMicros(value) : undefined;
      return micros === undefined ? undefined : `${isoText(micros)}${type === 'timestamp' ? 'Z' : ''}`;
    }
    default:
      return undefined;
  }
}

/** YAML's whole numbers beyond 2^53 come as text, with all their digits. */
function readLong(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

function readDecimal(scale: number, value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  const match = typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) : null;
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = fraction.replace(/0+$/, '').padEnd(scale, '0');
  return `${sign}${BigInt(whole)}${digits === '' ? '' : `.${digits}`}`;
}

function readFloat(type: 'float' | 'double', value: unknown): number | string | undefined {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return String(value);
  return type === 'float' ? Math.fround(value) : value;
}

function readBinary(value: unknown): Uint8Array | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  const bytes = isMap(value) ? readBytes(value) : undefined;
  return bytes?.ok === true ? bytes.value : undefined;
}

/** With milliseconds, and with microseconds where there are any: as instants of tables are shown. */
function isoText(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, -1);
  return rest === 0n ? text : text + String(rest).padStart(3, '0');
}
