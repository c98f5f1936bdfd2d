import type { LakeSession } from '../../../src/lake/lake-session.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../../src/model/pipeline/sql-text.ts';
import type { PrimitiveType, StructField } from '../../../src/model/table/table-schema.ts';

/** A filter over one column, in a form that every reader's program can read, and the rows that it finds. */
export interface Filter {
  /** The column, or the struct and its field. */
  readonly path: readonly string[];
  readonly operator: '=' | '<=' | '>=' | 'is null' | 'is not null';
  readonly type: string;
  /** Instants and wall clocks are microseconds since the epoch. */
  readonly text?: string;
  readonly rows: number;
}

interface FilteredColumn {
  readonly path: readonly string[];
  readonly type: PrimitiveType;
}

/**
 * Filters whose values are those of the table and what lies just beside them, where bounds that are cut or rounded would
 * leave out a file that has the rows. `view` is the table as we read it; `valueCount` is about how many values of it are tried.
 */
export async function filtersOf(
  session: LakeSession,
  view: string,
  fields: readonly StructField[],
  valueCount: number,
): Promise<Filter[]> {
  const columns = filteredColumns(fields, []);
  const valuesPerColumn = Math.max(1, Math.floor(valueCount / columns.length));
  const filters: Filter[] = [];
  for (const column of columns) {
    for (const operator of ['is null', 'is not null'] as const) {
      filters.push({ ...column, operator, rows: await countRows(session, view, `${nameOf(column)} ${operator}`) });
    }
    for (const text of await valuesOf(session, view, column, valuesPerColumn)) {
      for (const operator of ['=', '<=', '>='] as const) {
        const condition = `${nameOf(column)} ${operator} ${literalOf(column.type, text)}`;
        filters.push({ ...column, operator, text, rows: await countRows(session, view, condition) });
      }
    }
  }
  return filters;
}

function filteredColumns(fields: readonly StructField[], parent: readonly string[]): FilteredColumn[] {
  return fields.flatMap(({ name, type }): FilteredColumn[] => {
    const path = [...parent, name];
    if (typeof type !== 'string') return type.type === 'struct' ? filteredColumns(type.fields, path) : [];
    return type === 'boolean' || type === 'binary' ? [] : [{ path, type }];
  });
}

/** The least and the greatest value, some between them, and neighbours of each. */
async function valuesOf(session: LakeSession, view: string, column: FilteredColumn, most: number): Promise<string[]> {
  const name = nameOf(column);
  const rows = await session.read(
    `SELECT DISTINCT ${textOf(column.type, name)}, ${name} FROM ${view} WHERE ${name} IS NOT NULL ORDER BY ${name}`,
  );
  const all = rows.getRowsJson().flatMap(([text]) => (typeof text === 'string' ? [text] : []));
  const step = Math.max(1, Math.ceil(all.length / most));
  const some = [...all.filter((_, index) => index % step === 0), ...all.slice(-1)];
  return [...new Set(some.flatMap((text) => [text, ...neighboursOf(column.type, text)]))];
}

function neighboursOf(type: PrimitiveType, text: string): readonly string[] {
  if (type === 'string') {
    const cut = Array.from(text.slice(0, 33).toWellFormed()).slice(0, -1).join('');
    return text.length > 32 ? [cut, `${cut}\u{10FFFF}`] : [];
  }
  if (!type.startsWith('timestamp')) return [];
  const micros = BigInt(text);
  // The first and the last instant have no neighbours that other programs could say.
  if (micros < -60_000_000_000_000_000n || micros > 250_000_000_000_000_000n) return [];
  return [micros - 1n, micros + 1n, (micros / 1000n) * 1000n].map(String);
}

function textOf(type: PrimitiveType, name: string): string {
  return type.startsWith('timestamp') ? `epoch_us(${name})::VARCHAR` : `${name}::VARCHAR`;
}

function literalOf(type: PrimitiveType, text: string): string {
  switch (type) {
    case 'timestamp':
      return `make_timestamptz(${text})`;
    case 'timestamp_ntz':
      return `make_timestamp(${text})`;
    default:
      return `CAST(${quoteLiteral(text)} AS ${duckType(type)})`;
  }
}

function nameOf({ path }: FilteredColumn): string {
  return path.map(quoteIdentifier).join('.');
}

async function countRows(session: LakeSession, view: string, condition: string): Promise<number> {
  return Number((await session.read(`SELECT count(*) FROM ${view} t WHERE ${condition}`)).value(0, 0));
}
