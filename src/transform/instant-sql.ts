import type { TimestampRule } from '../model/job/normalize-rule.ts';
import { isDecimal, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType } from '../model/table/table-schema.ts';

const [firstMicros, lastMicros] = ['-62135596800000000', '253402300799999999'];
const microsPer = { seconds: 1_000_000, milliseconds: 1000, microseconds: 1 } as const;
/** Below these a number of unit `auto` is seconds, milliseconds, microseconds: seconds reach to the year 5138. */
const [secondsEnd, millisEnd, microsEnd] = ['100000000000', '100000000000000', '100000000000000000'];

const basicIso = quoteLiteral(String.raw`^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})`);
const extendedIso = quoteLiteral(
  String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?`,
);

/** The engine reads an offset only after seconds. */
const withoutSeconds = quoteLiteral(String.raw`^(.{10}[T ]\d{2}:\d{2})(Z|[+-]|$)`);

/** SQL: microseconds since the epoch as a BIGINT, in the years 1 to 9999; null where the value cannot be read. */
export function microsOf(type: DataType, value: string, unit: TimestampRule['unit']): string {
  return withinYears(unboundedMicros(type, value, unit));
}

function unboundedMicros(type: DataType, value: string, unit: TimestampRule['unit']): string {
  switch (type) {
    case 'timestamp':
    case 'timestamp_ntz':
      return `epoch_us(${value})`;
    case 'date':
      return `epoch_us(CAST(${value} AS TIMESTAMP))`;
    case 'string':
      return (
        `CASE WHEN regexp_full_match(${value}, '[+-]?[0-9]{1,19}') ` +
        `THEN ${microsOfInteger(`TRY_CAST(${value} AS HUGEINT)`, unit)} ` +
        `WHEN regexp_full_match(${value}, '[+-]?[0-9]{1,19}\\.[0-9]+') ` +
        `THEN ${microsOfFraction(`TRY_CAST(${value} AS DOUBLE)`, unit)} ` +
        `ELSE ${microsOfIso(value)} END`
      );
    default:
      return isFraction(type)
        ? microsOfFraction(`CAST(${value} AS DOUBLE)`, unit)
        : microsOfInteger(`CAST(${value} AS HUGEINT)`, unit);
  }
}

/** What has a fraction goes through a double, which is exact to the microsecond until the year 2255. */
function isFraction(type: DataType): boolean {
  return type === 'float' || type === 'double' || isDecimal(type);
}

function microsOfInteger(number: string, unit: TimestampRule['unit']): string {
  if (unit !== 'auto') return `${number} * ${microsPer[unit]}`;
  return (
    `CASE WHEN abs(${number}) < ${secondsEnd} THEN ${number} * ${microsPer.seconds} ` +
    `WHEN abs(${number}) < ${millisEnd} THEN ${number} * ${microsPer.milliseconds} ` +
    `WHEN abs(${number}) < ${microsEnd} THEN ${number} ELSE ${floorDivided(number)} END`
  );
}

function microsOfFraction(number: string, unit: TimestampRule['unit']): string {
  const factor =
    unit === 'auto'
      ? `CASE WHEN abs(${number}) < ${secondsEnd} THEN ${microsPer.seconds} ` +
        `WHEN abs(${number}) < ${millisEnd} THEN ${microsPer.milliseconds} ` +
        `WHEN abs(${number}) < ${microsEnd} THEN 1 END`
      : `${microsPer[unit]}`;
  return `TRY_CAST(round(${number} * ${factor}) AS HUGEINT)`;
}

/** SQL: microseconds since the epoch, null where it is no ISO 8601; extended or basic, with `T` or a space, a comma or a point; UTC where there is no offset. */
export function microsOfIso(text: string): string {
  const written = `regexp_replace(replace(upper(${text}), ',', '.'), ${basicIso}, '\\1-\\2-\\3T\\4:\\5:\\6')`;
  const extended = `regexp_replace(${written}, ${withoutSeconds}, '\\1:00\\2')`;
  return `CASE WHEN regexp_full_match(${extended}, ${extendedIso}) THEN epoch_us(TRY_CAST(${extended} AS TIMESTAMPTZ)) END`;
}

function withinYears(micros: string): string {
  return `CASE WHEN ${micros} BETWEEN ${firstMicros} AND ${lastMicros} THEN CAST(${micros} AS BIGINT) END`;
}

/** By 1000, towards the past also before 1970. */
function floorDivided(number: string): string {
  return `((${number} - ((${number} % 1000) + 1000) % 1000) // 1000)`;
}

/** SQL of the instant in the form that the rule asks for. */
export function instantSql(micros: string, to: TimestampRule['to']): string {
  switch (to) {
    case 'milliseconds':
      return floorDivided(micros);
    case 'timestamp':
      return `make_timestamptz(${micros})`;
    case 'iso8601':
      return `strftime(make_timestamptz(${micros}), '%Y-%m-%dT%H:%M:%S.%fZ')`;
  }
}
