import { isDecimal, duckType, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType } from '../model/table/table-schema.ts';
import type { ValueCheck, ValueFormat } from '../model/job/validation-rule.ts';
import { formatPatterns } from './format-patterns.ts';
import { microsOfIso } from './instant-sql.ts';

/** SQL: does the value break the check? Null where the value is null, unless it is required. */
export function breaksCheck(check: ValueCheck, type: DataType, value: string): string {
  const { required, minLength, maxLength, pattern, format, oneOf } = check;
  const length = lengthOf(type, value);
  const conditions = [
    ...(required ? [`${value} IS NULL`] : []),
    ...outOfRange(check, type, value),
    ...(minLength === undefined ? [] : [`${length} < ${minLength}`]),
    ...(maxLength === undefined ? [] : [`${length} > ${maxLength}`]),
    ...(pattern === undefined ? [] : [`NOT ${fullMatch(value, pattern)}`]),
    ...(format === undefined ? [] : [hasNotFormat(value, format)]),
    ...(oneOf === undefined ? [] : [`CAST(${value} AS VARCHAR) NOT IN (${oneOf.map(quoteLiteral).join(', ')})`]),
  ];
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}

export function fullMatch(value: string, pattern: string): string {
  return `regexp_full_match(${value}, ${quoteLiteral(pattern)})`;
}

function lengthOf(type: DataType, value: string): string {
  if (typeof type === 'string') return `length(${value})`;
  return type.type === 'map' ? `cardinality(${value})` : `len(${value})`;
}

function hasNotFormat(value: string, format: ValueFormat): string {
  if (format === 'iso8601') return `(${value} IS NOT NULL AND ${microsOfIso(value)} IS NULL)`;
  const tooLong = format === 'email' ? ` OR length(${value}) > 254` : '';
  return `(NOT ${fullMatch(value, formatPatterns[format])}${tooLong})`;
}

/** NaN is in no range. */
function outOfRange({ min, max }: ValueCheck, type: DataType, value: string): string[] {
  if (min === undefined && max === undefined) return [];
  const comparable = comparableType(type);
  const number = `CAST(${value} AS ${comparable})`;
  return [
    ...(comparable === 'DOUBLE' ? [`isnan(${value})`] : []),
    ...(min === undefined ? [] : [`${number} < CAST(${quoteLiteral(min)} AS ${comparable})`]),
    ...(max === undefined ? [] : [`${number} > CAST(${quoteLiteral(max)} AS ${comparable})`]),
  ];
}

function comparableType(type: DataType): string {
  if (type === 'double' || type === 'float') return 'DOUBLE';
  if (type === 'timestamp' || type === 'timestamp_ntz' || type === 'date' || isDecimal(type)) return duckType(type);
  return 'HUGEINT';
}
