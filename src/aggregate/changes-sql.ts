import type { ChangesOutput } from '../model/outputs/output-spec.ts';
import { hidden } from '../model/pipeline/pipeline-step.ts';
import { duckType, quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { StructField, StructType } from '../model/table/table-schema.ts';
import { column } from './names.ts';
import type { StoredColumn, StoredState } from './state-files.ts';

/** An output of changes as pieces of SQL. State is, for each topic partition and key, what the last record had. */
export interface ChangesSql {
  readonly keys: readonly StructField[];
  readonly of: readonly StructField[];
  /** Columns of the job's table that files can have. */
  readonly columns: readonly StructField[];
  /** All columns of the job's table. */
  readonly rows: readonly StructField[];
  readonly state: StoredState;
  /** Of a part: changes and first records, which have columns, and last values, which have keys and compared columns. */
  readonly part: readonly StoredColumn[];
}

export function changesSql({ key, of }: ChangesOutput, { fields }: StructType): ChangesSql {
  const named = (names: readonly string[]): StructField[] =>
    names.flatMap((name) => fields.filter((field) => field.name === name));
  const [keys, compared] = [named(key), named(of)];
  const columns = fields.filter(({ type }) => type !== 'void');
  const place = { name: hidden.partition, type: 'INTEGER' };
  return {
    keys,
    of: compared,
    columns,
    rows: fields,
    state: {
      stored: [
        place,
        ...keys.map(({ type }, i) => ({ name: column.key(i), type: duckType(type) })),
        ...compared.map(({ type }, i) => ({ name: column.state(i), type: duckType(type) })),
      ],
      replaced: [hidden.partition, ...keys.map((_, i) => column.key(i))],
    },
    part: [
      place,
      { name: hidden.offset, type: 'BIGINT' },
      { name: column.isFirst, type: 'BOOLEAN' },
      { name: column.isLast, type: 'BOOLEAN' },
      ...columns.map(({ name, type }) => ({ name: quoteIdentifier(name), type: duckType(type) })),
      ...compared.map(({ type }, i) => ({ name: column.previous(i), type: duckType(type) })),
    ],
  };
}

/** SQL: columns of a record or a last value of a part, as state has them. */
export function asStored({ keys, of }: ChangesSql): string {
  return [
    hidden.partition,
    ...keys.map(({ name }, i) => `${quoteIdentifier(name)} AS ${column.key(i)}`),
    ...of.map(({ name }, i) => `${quoteIdentifier(name)} AS ${column.state(i)}`),
  ].join(', ');
}

/** SQL: does any compared column of the row differ from what was before? Nulls are values. */
export function differs({ of }: ChangesSql, before: (position: number) => string, row = ''): string {
  const columns = of.map(({ name }, i) => `${row}${quoteIdentifier(name)} IS DISTINCT FROM ${before(i)}`);
  return `(${columns.join(' OR ')})`;
}

/** SQL: are row and state of the same topic partition and key? */
export function isSameKey({ keys }: ChangesSql, row: string, state: string): string {
  const columns = keys.map(
    ({ name }, i) => `${row}.${quoteIdentifier(name)} IS NOT DISTINCT FROM ${state}.${column.key(i)}`,
  );
  return [`${row}.${hidden.partition} = ${state}.${hidden.partition}`, ...columns].join(' AND ');
}
