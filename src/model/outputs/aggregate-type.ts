import type { AggregateFunction } from './output-spec.ts';
import { decimalParts, isDecimal } from '../pipeline/sql-text.ts';
import type { DataType } from '../table/table-schema.ts';

/** What can be told of a result's type without the job file's saying it. */
export type InferredType =
  | { readonly kind: 'known'; readonly type: DataType }
  /** It follows from the input's type, and the input is an expression. */
  | { readonly kind: 'unknown' }
  /** The function takes no such input. */
  | { readonly kind: 'impossible'; readonly expected: string };

/** The name of a column, where the SQL is that and nothing else. */
export function plainName(sql: string): string | undefined {
  const [, quoted, bare] = /^\s*(?:"((?:[^"]|"")+)"|(?!(?:true|false|null)\b)([A-Za-z_]\w*))\s*$/i.exec(sql) ?? [];
  return quoted?.replaceAll('""', '"') ?? bare;
}

/** The column that the SQL names and nothing else; names are not case sensitive, as in SQL. */
export function plainColumn<Column extends { readonly name: string }>(
  sql: string,
  columns: readonly Column[],
): Column | undefined {
  const name = plainName(sql)?.toLowerCase();
  return columns.find((column) => column.name.toLowerCase() === name);
}

/**
 * The type of an aggregate over a column of the table; `input` is the column's, `undefined` for an expression or
 * `count(*)`. Sums are of types that they cannot leave, so that nothing wraps.
 */
export function inferAggregateType(name: AggregateFunction, input: DataType | undefined): InferredType {
  switch (name) {
    case 'count':
    case 'approx_count_distinct':
      return known('long', input === undefined || isSingle(input), 'a column of single values');
    case 'avg':
    case 'stddev_samp':
    case 'stddev_pop':
    case 'var_samp':
    case 'var_pop':
    case 'approx_quantile':
      return known('double', input === undefined || isNumber(input), 'a column of numbers');
    case 'bool_and':
    case 'bool_or':
      return known('boolean', input === undefined || input === 'boolean', 'a boolean column');
    case 'sum':
      return fromInput(input, isNumber, sumType, 'a column of numbers');
    case 'min':
    case 'max':
      return fromInput(input, isSingle, same, 'a column of single values');
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return fromInput(input, isWhole, same, 'a column of whole numbers');
    case 'first':
    case 'last':
      return fromInput(input, (type) => type !== 'void', same, 'a column that has values');
  }
}

function known(type: DataType, isPossible: boolean, expected: string): InferredType {
  return isPossible ? { kind: 'known', type } : { kind: 'impossible', expected };
}

function fromInput(
  input: DataType | undefined,
  isPossible: (type: DataType) => boolean,
  result: (type: DataType) => DataType,
  expected: string,
): InferredType {
  if (input === undefined) return { kind: 'unknown' };
  return isPossible(input) ? { kind: 'known', type: result(input) } : { kind: 'impossible', expected };
}

const same = (type: DataType): DataType => type;

/** 2³¹ of the largest integers fit into a long, and 10¹⁰ of the largest decimals into ten more digits. */
function sumType(type: DataType): DataType {
  if (isDecimal(type)) {
    const { precision, scale } = decimalParts(type);
    return `decimal(${Math.min(38, precision + 10)},${scale})`;
  }
  if (type === 'long') return 'decimal(38,0)';
  return isWhole(type) ? 'long' : 'double';
}

export function isWhole(type: DataType): boolean {
  return type === 'byte' || type === 'short' || type === 'integer' || type === 'long';
}

function isNumber(type: DataType): boolean {
  return isWhole(type) || type === 'float' || type === 'double' || isDecimal(type);
}

/** A type whose values are compared as one. */
export function isSingle(type: DataType): boolean {
  return typeof type === 'string' && type !== 'void';
}
