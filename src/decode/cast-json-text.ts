import { decimalParts, isDecimal } from '../model/sql-text.ts';
import type { PrimitiveType } from '../model/table-schema.ts';

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

/** DuckDB would round 1.5 to 2. A numeral such as 5.0 is the integer 5. */
function castInteger(duckType: string, text: string): string {
  return (
    `TRY_CAST(CASE WHEN contains(${text}, '.') THEN ` +
    `CASE WHEN regexp_full_match(${text}, '-?[0-9]+\\.0+') THEN split_part(${text}, '.', 1) END ` +
    `ELSE ${text} END AS ${duckType})`
  );
}

/** A numeral too large for the type would become infinite; only the words NaN and Infinity may. */
function castFloating(duckType: string, text: string): string {
  const value = `TRY_CAST(${text} AS ${duckType})`;
  return `CASE WHEN isinf(${value}) AND regexp_matches(${text}, '[0-9]') THEN NULL ELSE ${value} END`;
}

function castDecimal(type: string, text: string): string {
  const { precision, scale } = decimalParts(type);
  const tooFine = `length(rtrim(split_part(${text}, '.', 2), '0')) > ${scale}`;
  return (
    `CASE WHEN contains(${text}, '.') AND ${tooFine} AND NOT regexp_matches(${text}, '[eE]') THEN NULL ` +
    `ELSE TRY_CAST(${text} AS DECIMAL(${precision}, ${scale})) END`
  );
}

/** ISO 8601; without an offset it is UTC. Finer than microseconds is cut off. */
function castInstant(duckType: string, text: string): string {
  const value = `TRY_CAST(${text} AS ${duckType})`;
  const zone = duckType === 'TIMESTAMPTZ' ? '+00' : '';
  const [first, last] =
    duckType === 'DATE'
      ? [`DATE '0001-01-01'`, `DATE '9999-12-31'`]
      : [`${duckType} '${firstInstant}${zone}'`, `${duckType} '${lastInstant}${zone}'`];
  return `CASE WHEN ${text} LIKE '____-__-__%' AND ${value} BETWEEN ${first} AND ${last} THEN ${value} END`;
}
