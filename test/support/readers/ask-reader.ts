import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLakeSession, type LakeSession } from '../../../src/lake/lake-session.ts';
import { openTable, viewTable } from '../../../src/lake/table/open-table.ts';
import { quoteLiteral } from '../../../src/model/pipeline/sql-text.ts';
import type { WrittenTable } from '../every-kind-of-table.ts';
import { filtersOf, type Filter } from './filters.ts';

/** A table as we read it: what another reader must find. */
export interface ReadTable {
  readonly table: WrittenTable;
  readonly schemaString: string;
  readonly version: number;
  readonly partitionColumns: readonly string[];
  /** A Parquet file with its rows. */
  readonly copy: string;
  readonly filters: readonly Filter[];
}

/** What a reader's program says of a table. */
export interface Answer {
  readonly said?: Readonly<Record<string, unknown>>;
  /** Filters that find another number of rows than they must. */
  readonly wrong?: readonly unknown[];
  readonly error?: string;
}

export type Answers = Readonly<Record<string, Answer>>;

/** Reads the tables with our own reader, into copies in the folder; filters are made of about so many values of each. */
export async function readWithOurs(
  tables: readonly WrittenTable[],
  folder: string,
  valueCount: number,
): Promise<readonly ReadTable[]> {
  const read: ReadTable[] = [];
  for (const table of tables) {
    await using session = await openLakeSession();
    const { state, ...rest } = await openTable(table);
    await viewTable(session, 'ours', { state, ...rest });
    const copy = join(folder, `${table.name}.ours.parquet`);
    await session.run(`COPY (SELECT * FROM ours) TO ${quoteLiteral(copy)}`);
    await session.run(`CREATE TABLE rows AS SELECT * FROM ours`);
    const { fields } = state.schema;
    const filtered = fields.filter(({ name }) => table.filtered?.includes(name) !== false);
    const filters = await filtersOf(session, 'rows', filtered, valueCount);
    const { schemaString } = state.metaData;
    read.push({
      table,
      schemaString,
      version: state.version,
      partitionColumns: state.partitionColumns,
      copy,
      filters,
    });
  }
  return read;
}

export interface Reader {
  readonly name: string;
  /** Runs the reader's program with the path of a file that says what is asked (`asked.py`). */
  readonly run: (questions: string) => Promise<unknown>;
  /** Of each table, spread over all of them; it takes long over each. */
  readonly mostFilters?: number;
  /** It writes a folder of files in the place of a file. */
  readonly copiesAreFolders?: boolean;
  /** Tables that it refuses, and a part of what it says then. */
  readonly refuses?: Readonly<Record<string, string>>;
  /** Filters that it fails at, whoever wrote the table. */
  readonly cannotFilter?: (filter: Filter) => boolean;
}

/**
 * Asks another reader for all tables, and fails unless it finds the same types, the same rows, and with each filter as
 * many rows as are there. Gives what it said of the tables besides.
 */
export async function expectSameWith(reader: Reader, tables: readonly ReadTable[], folder: string): Promise<Answers> {
  const copyOf = ({ table }: ReadTable): string => join(folder, `${table.name}.${reader.name}.parquet`);
  const questions = join(folder, `${reader.name}.json`);
  const asked = tables.map((each) => {
    const { name, root } = each.table;
    const possible = each.filters.filter((filter) => reader.cannotFilter?.(filter) !== true);
    const step = Math.max(1, possible.length / (reader.mostFilters ?? Infinity));
    const filters = possible.filter((_, index) => Math.floor(index % step) === 0);
    return { name, root, copy: copyOf(each), filters };
  });
  await writeFile(questions, JSON.stringify(asked));
  const answers = (await reader.run(questions)) as Answers;
  const differences: Record<string, unknown> = {};
  await using session = await openLakeSession();
  for (const each of tables) {
    const { error, wrong = [] } = answers[each.table.name] ?? { error: 'not answered' };
    const refusal = reader.refuses?.[each.table.name];
    if (refusal !== undefined && error?.includes(refusal) === true) continue;
    if (refusal !== undefined) differences[each.table.name] = `was not refused: ${error ?? 'it was read'}`;
    const found = error ?? [
      ...wrong,
      ...(await differencesOf(
        session,
        each,
        reader.copiesAreFolders === true ? `${copyOf(each)}/*.parquet` : copyOf(each),
      )),
    ];
    if (found.length > 0)
      differences[each.table.name] = typeof found === 'string' ? found : found.map((one) => JSON.stringify(one));
  }
  expect(differences).toEqual({});
  return answers;
}

async function differencesOf(session: LakeSession, { copy }: ReadTable, theirCopy: string): Promise<unknown[]> {
  const ours = `SELECT * FROM read_parquet(${quoteLiteral(copy)})`;
  const theirs = `SELECT * FROM read_parquet(${quoteLiteral(theirCopy)})`;
  const rows = async (sql: string): Promise<unknown[]> => (await session.read(sql)).getRowObjectsJson();
  const types = async (sql: string): Promise<unknown[]> =>
    rows(`SELECT column_name, column_type FROM (DESCRIBE ${sql})`);
  const [ourTypes, theirTypes] = [await types(ours), await types(theirs)];
  if (JSON.stringify(ourTypes) !== JSON.stringify(theirTypes)) return [{ ours: ourTypes, theirs: theirTypes }];
  return [
    ...(await rows(`SELECT 'only ours' AS side, * FROM ((${ours}) EXCEPT ALL (${theirs})) LIMIT 3`)),
    ...(await rows(`SELECT 'only theirs' AS side, * FROM ((${theirs}) EXCEPT ALL (${ours})) LIMIT 3`)),
  ];
}
