import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeEveryKindOfTable } from '../support/every-kind-of-table.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';
import { expectSameWith, readWithOurs, type ReadTable } from '../support/readers/ask-reader.ts';

let folder: string;
let python: Python;
let tables: readonly ReadTable[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-readers-'));
  python = await pythonWith(Object.values(readers));
  tables = await readWithOurs(await writeEveryKindOfTable(folder), folder, 16);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const ask = (program: string) => {
  const file = join(import.meta.dirname, '..', 'support', 'readers', program);
  return (questions: string): Promise<unknown> => python.program(file, questions);
};

describe('every kind of table that we write is read the same, with and without filters,', () => {
  test('by delta-rs, which tells its schema as well', async () => {
    const refuses = { widened: 'TypeWidening', checkpointed_v2: 'v2Checkpoint' };
    const reader = { name: 'deltalake', run: ask('read_with_deltalake.py'), refuses };
    const answers = await expectSameWith(reader, tables, folder);
    for (const { table, schemaString, version, partitionColumns } of tables) {
      if (table.name in refuses) continue;
      const schema = JSON.parse(schemaString) as unknown;
      expect(answers[table.name]?.said).toEqual({ version, schema, partitionColumns });
    }
  });

  test('by polars', async () => {
    await expectSameWith(
      {
        name: 'polars',
        run: ask('read_with_polars.py'),
        refuses: { widened: 'typeWidening', checkpointed_v2: 'v2Checkpoint' },
        // It takes the statistics of a struct for those of all its fields, and there are none of lists.
        cannotFilter: ({ path }) => path[0] === 'place',
      },
      tables,
      folder,
    );
  });

  test('by DuckDB, with delta-kernel-rs', async () => {
    await expectSameWith({ name: 'duckdb', run: ask('read_with_duckdb.py') }, tables, folder);
  });
});
