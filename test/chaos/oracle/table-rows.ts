import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { pythonWith, readers } from '../../support/python.ts';

export interface CopiedRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** Brings a lake of a store into a folder, where other readers find it without our way to the store. */
export async function copyOut(root: string, folder: string): Promise<void> {
  const store: ObjectStore = openObjectStore(root);
  for await (const { path } of store.list('')) {
    const bytes = await store.get(path);
    if (!bytes) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

/** What a table holds as DuckDB's own reader of Delta tables sees it; none where there is no table. */
export async function rowsOfTable(root: string, kind: 'rows' | 'deadLetters'): Promise<readonly CopiedRow[]> {
  const python = await pythonWith([readers.duckdb, readers.duckdbExtensions, readers.duckdbDelta]);
  return (await python.json(readRows, { root, columns: columnsOf[kind] })) as readonly CopiedRow[];
}

const columnsOf = {
  rows: `_kafka_topic, _kafka_partition, _kafka_offset, _raw_value FROM t`,
  deadLetters: `topic, partition, "offset", decode(value) FROM t WHERE error_code <> 'LATE_RECORD'`,
};

const readRows = `
import duckdb
from duckdb_extensions import import_extension
if not os.path.isdir(input['root'] + '/_delta_log'):
    emit([])
else:
    import_extension('delta')
    connection = duckdb.connect()
    connection.execute("LOAD delta; SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH '{input['root']}' AS t (TYPE delta, PIN_SNAPSHOT)")
    rows = connection.execute('SELECT ' + input['columns']).fetchall()
    emit([dict(zip(('topic', 'partition', 'offset', 'value'), row)) for row in rows])
`;
