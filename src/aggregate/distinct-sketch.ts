import { exactDistinctCount } from '../model/outputs/aggregate-text.ts';
import type { DataType } from '../model/table/table-schema.ts';
import { unsignedZero, type Algebra } from './algebra.ts';

const size = exactDistinctCount + 1;
/** How many there are; as a double. */
const hashes = '18446744073709551616e0';

/**
 * The smallest hashes of all values (Z. Bar-Yossef and others, 2002): with less than `size` of them they are counted, else
 * their density tells how many values there are. Which hashes are the smallest does not depend on how values come, so that
 * any merging gives the same. MD5 of the value's text is the hash, because it has to stay the same for years.
 */
export function distinctAlgebra(input: DataType | undefined): Algebra {
  const isFloating = input === 'double' || input === 'float';
  return {
    stateType: 'UBIGINT[]',
    partial: (value) => {
      const text =
        input === 'binary' ? `hex(${value})` : `CAST(${isFloating ? unsignedZero(value) : value} AS VARCHAR)`;
      return `coalesce(min(DISTINCT md5_number_lower(${text}), ${size}), CAST([] AS UBIGINT[]))`;
    },
    gather: (state) => `flatten(list(${state}))`,
    settle: (gathered) => `list_sort(list_distinct(${gathered}))[1:${size}]`,
    result: (state) =>
      `CASE WHEN len(${state}) < ${size} THEN len(${state}) ` +
      `ELSE CAST(round(${size - 1} / (list_max(${state}) / ${hashes})) AS BIGINT) END`,
  };
}
