import { duckType } from '../model/pipeline/sql-text.ts';
import type { DataType } from '../model/table/table-schema.ts';
import { unsignedZero, type Algebra, type RowOrder } from './algebra.ts';

/** `min`, `max`, `bool_and` and their like: what they give is of the type that they take. Nulls are passed over. */
export function sameTypeAlgebra(aggregate: string, input: DataType): Algebra {
  const isFloating = input === 'double' || input === 'float';
  return {
    stateType: duckType(input),
    partial: (value) => `${aggregate}(${isFloating ? unsignedZero(value) : value})`,
    gather: (state) => `${aggregate}(${state})`,
    result: (state) => state,
  };
}

/** The value of the earliest or latest row, which may be null. */
export function firstOrLastAlgebra(name: 'first' | 'last', input: DataType): Algebra {
  const extreme = name === 'first' ? 'min' : 'max';
  return {
    stateType: `STRUCT(a BIGINT, b BIGINT, c BIGINT, v ${duckType(input)})`,
    // Structs are compared field by field; no two rows have the same place, so that values are never compared.
    partial: (value, order) => `${extreme}(${placedValue(value, order)})`,
    gather: (state) => `${extreme}(${state})`,
    result: (state) => `${state}.v`,
  };
}

function placedValue(value: string, order: RowOrder): string {
  const [a, b, c] = order.map((place) => `CAST(${place} AS BIGINT)`);
  return `struct_pack(a := ${a}, b := ${b}, c := ${c}, v := ${value})`;
}
