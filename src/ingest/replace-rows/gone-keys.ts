import type { DuckDBValue } from '@duckdb/node-api';
import type { AddAction } from '../../delta/actions.ts';
import { countOf, type EngineSession } from '../../engine/session.ts';
import { FileFacts, type ColumnFacts, type SkippableTable } from '../../lake/data-skipping/column-facts.ts';
import { comparableKind, compareValues, type ComparableValue } from '../../lake/data-skipping/row-filter.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructField } from '../../model/table/table-schema.ts';

/** What is known of the values that the keys which leave have in a column. */
interface GoneValues {
  readonly field: StructField;
  readonly hasNull: boolean;
  /** As SQL; absent where there is no order that can be relied on. */
  readonly range: { readonly min: string; readonly max: string } | undefined;
  /** Ascending: all of them, or the first and the last of too many; absent where they cannot be held against statistics. */
  readonly values: readonly ComparableValue[] | undefined;
  readonly isComplete: boolean;
}

/** More values of a column than these are held against statistics as one range. */
const mostValues = 20_000;

/** The keys whose rows leave, as far as they tell which files and row groups have none of them. */
export class GoneKeys {
  readonly #columns: readonly GoneValues[];
  readonly #table: SkippableTable;

  private constructor(columns: readonly GoneValues[], table: SkippableTable) {
    this.#columns = columns;
    this.#table = table;
  }

  /** `undefined` where there is no key. */
  static async of(
    session: EngineSession,
    relation: string,
    fields: readonly StructField[],
    table: SkippableTable,
  ): Promise<GoneKeys | undefined> {
    const from = quoteIdentifier(relation);
    const summaries = fields.flatMap(({ name }) => {
      const column = quoteIdentifier(name);
      return [`count(*) - count(${column})`, `CAST(min(${column}) AS VARCHAR)`, `CAST(max(${column}) AS VARCHAR)`];
    });
    const sql = `SELECT count(*), ${summaries.join(', ')} FROM ${from}`;
    const [[count, ...summary] = []] = await session.rows(sql, 'look at the keys');
    if (countOf(count) === 0) return undefined;
    const columns: GoneValues[] = [];
    for (const [index, field] of fields.entries()) {
      const [nulls, min, max] = summary.slice(index * 3, index * 3 + 3);
      const literal = (text: unknown): string => `CAST(${quoteLiteral(String(text))} AS ${duckType(field.type)})`;
      const isOrdered = typeof min === 'string' && typeof max === 'string' && comparableKind(field.type) !== undefined;
      columns.push({
        field,
        hasNull: countOf(nulls) > 0,
        range: isOrdered ? { min: literal(min), max: literal(max) } : undefined,
        ...(await comparableValues(session, from, field)),
      });
    }
    return new GoneKeys(columns, table);
  }

  /** May a file have a row with one of the keys? Where partition values and statistics say nothing, it may. */
  mayBeIn(add: AddAction): boolean {
    const facts = new FileFacts(add, this.#table);
    return this.#columns.every((column) => {
      const known = facts.of([column.field.name]);
      return known === undefined || mayHaveSome(column, known);
    });
  }

  /** Is a row `k` of the table one of those that leave, by their keys `g`? Row groups are skipped by the constants in it. */
  get joinSql(): string {
    const conditions = this.#columns.flatMap(({ field, hasNull, range }) => {
      const name = quoteIdentifier(field.name);
      if (hasNull) return [`k.${name} IS NOT DISTINCT FROM g.${name}`];
      const isInRange = range ? [`k.${name} BETWEEN ${range.min} AND ${range.max}`] : [];
      return [`k.${name} = g.${name}`, ...isInRange];
    });
    return conditions.join(' AND ');
  }
}

function mayHaveSome({ hasNull, values, isComplete }: GoneValues, { nulls, min, max }: ColumnFacts): boolean {
  if (hasNull && nulls !== 'none') return true;
  if (values === undefined) return true;
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined || nulls === 'all') return false;
  if (max && (compareValues(first, max) ?? 0) > 0) return false;
  if (min && (compareValues(last, min) ?? 0) < 0) return false;
  if (!isComplete || !min || !max) return true;
  const next = firstNotBelow(values, min);
  return next !== undefined && (compareValues(next, max) ?? 0) <= 0;
}

function firstNotBelow(values: readonly ComparableValue[], bound: ComparableValue): ComparableValue | undefined {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const value = values[middle];
    if (value && (compareValues(value, bound) ?? 0) < 0) from = middle + 1;
    else to = middle;
  }
  return values[from];
}

async function comparableValues(
  session: EngineSession,
  from: string,
  field: StructField,
): Promise<Pick<GoneValues, 'values' | 'isComplete'>> {
  const sql = comparableSql(field);
  if (sql === undefined) return { values: undefined, isComplete: false };
  const column = quoteIdentifier(field.name);
  const doing = `compare the keys' ${field.name}`;
  const values = `(SELECT DISTINCT ${sql} AS v, ${column} IS NULL AS is_null FROM ${from})`;
  const [[unknown, count] = []] = await session.rows(
    `SELECT count(*) FILTER (v IS NULL AND NOT is_null), count(v) FROM ${values}`,
    doing,
  );
  if (countOf(unknown) > 0) return { values: undefined, isComplete: false };
  const isComplete = countOf(count) <= mostValues;
  const select = isComplete
    ? `SELECT v FROM ${values} WHERE v IS NOT NULL ORDER BY v`
    : `SELECT unnest([min(v), max(v)]) FROM ${values}`;
  const found: ComparableValue[] = [];
  for await (const [block = []] of session.columns(select, doing)) {
    found.push(...block.flatMap((value) => comparableOf(value) ?? []));
  }
  return { values: found, isComplete };
}

/** As `ComparableValue` has it; null for values that no bound speaks of, as NaN and the infinite instants. */
function comparableSql({ name, type }: StructField): string | undefined {
  const column = quoteIdentifier(name);
  switch (comparableKind(type)) {
    case 'text':
      return column;
    case 'number':
      return `CASE WHEN isfinite(CAST(${column} AS DOUBLE)) THEN CAST(${column} AS DOUBLE) END`;
    case 'integer':
      if (type === 'date')
        return `CASE WHEN isfinite(${column}) THEN CAST(${column} - DATE '1970-01-01' AS BIGINT) END`;
      if (type === 'timestamp' || type === 'timestamp_ntz') {
        return `CASE WHEN isfinite(${column}) THEN epoch_us(${column}) END`;
      }
      return `CAST(${column} AS BIGINT)`;
    case undefined:
      return undefined;
  }
}

function comparableOf(value: DuckDBValue): ComparableValue | undefined {
  if (typeof value === 'bigint') return { kind: 'integer', value };
  if (typeof value === 'number') return { kind: 'number', value };
  return typeof value === 'string' ? { kind: 'text', value: Buffer.from(value) } : undefined;
}
