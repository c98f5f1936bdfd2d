import { decimalParts, isDecimal } from '../model/pipeline/sql-text.ts';
import type { PrimitiveType } from '../model/table/table-schema.ts';

/** Readers of Delta tables take years 1 to 9999; the bounds also keep out DuckDB's `infinity`. */
const firstInstant = '0001-01-01 00:00:00';
const lastInstant = '9999-12-31 23:59:59.999999';

/**
 * SQL that reads the text of a JSON scalar as a type, and is null where that would lose anything: fractions in integer
 * columns, digits beyond a decimal's scale, numbers out of range. `text` must be cheap to repeat.
 */
export function castJsonText(type: PrimitiveType, text: string): string {
  if (isDecimal(type)) return castDecimal(type, text);
  switch (type) {
    case 'string':
      return text;
    case 'long':
      return castInteger('BIGINT', text);
    case 'integer':
      return castInteger('INTEGER', text);
    case 'short':
      return castInteger('SMALLINT', text);
    case 'byte':
      return castInteger('TINYINT', text);
    case 'float':
      return castFloating('FLOAT', text);
    case 'double':
      return castFloating('DOUBLE', text);
    case 'boolean':
      return `CASE ${text} WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'binary':
      return `TRY(from_base64(${text}))`;
    case 'date':
      return castInstant('DATE', text);
    case 'timestamp':
      return castInstant('TIMESTAMPTZ', text);
    case 'timestamp_ntz':
      return castInstant('TIMESTAMP', text);
    default:
      return text;
  }
}

/**
 * DuckDB would round 1.5 and 15e-1 to 2. A numeral such as 5.0 is the integer 5, as far as the parser, which reads it as a
 * double, cannot have changed its digits.
 */
function castInteger(duckType: string, text: string): string {
  return (
    `TRY_CAST(CASE WHEN contains(${text}, '.') OR ${hasExponent(text)} THEN ` +
    `CASE WHEN regexp_full_match(${text}, '-?([0-8]?[0-9]{15}|[0-9]{1,14})\\.0+') THEN split_part(${text}, '.', 1) END ` +
    `ELSE ${text} END AS ${duckType})`
  );
}

function hasExponent(text: string): string {
  return `contains(${text}, 'e') OR contains(${text}, 'E')`;
}

/** A numeral too large for the type would become infinite; only the words NaN and Infinity may. */
function castFloating(duckType: string, text: string): string {
  const value = `TRY_CAST(${text} AS ${duckType})`;
  return `CASE WHEN isinf(${value}) AND regexp_matches(${text}, '[0-9]') THEN NULL ELSE ${value} END`;
}

/** DuckDB rounds to the scale. With an exponent 15 digits are taken, whose rounding shows when they are compared as doubles. */
function castDecimal(type: string, text: string): string {
  const { precision, scale } = decimalParts(type);
  const value = `TRY_CAST(${text} AS DECIMAL(${precision}, ${scale}))`;
  // The engine reads no numeral with an exponent, such as its own 1e-05, as a decimal without integer digits.
  const wide = `TRY_CAST(TRY_CAST(${text} AS DECIMAL(${Math.min(38, precision + 1)}, ${scale})) AS DECIMAL(${precision}, ${scale}))`;
  const double = `TRY_CAST(${text} AS DOUBLE)`;
  const isExact =
    `regexp_full_match(${text}, '-?[0-9.]{1,16}[eE][+-]?[0-9]+') ` +
    `AND abs(${double} - CAST(${wide} AS DOUBLE)) <= abs(${double}) * 5e-16`;
  const tooFine = `length(rtrim(split_part(${text}, '.', 2), '0')) > ${scale}`;
  return (
    `CASE WHEN ${hasExponent(text)} THEN CASE WHEN ${isExact} THEN ${wide} END ` +
    `WHEN contains(${text}, '.') AND ${tooFine} THEN NULL ELSE ${value} END`
  );
}

/** ISO 8601; without an offset it is UTC. Finer than microseconds is cut off; a date has no time that could be. */
function castInstant(duckType: string, text: string): string {
  const value = `TRY_CAST(${text} AS ${duckType})`;
  const zone = duckType === 'TIMESTAMPTZ' ? '+00' : '';
  const [first, last] =
    duckType === 'DATE'
      ? [`DATE '0001-01-01'`, `DATE '9999-12-31'`]
      : [`${duckType} '${firstInstant}${zone}'`, `${duckType} '${lastInstant}${zone}'`];
  const form = duckType === 'DATE' ? '____-__-__' : '____-__-__%';
  return `CASE WHEN ${text} LIKE '${form}' AND ${value} BETWEEN ${first} AND ${last} THEN ${value} END`;
}
