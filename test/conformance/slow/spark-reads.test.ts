import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { history } from '../../../src/delta/log/history.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { collect } from '../../support/collect.ts';
import { writeEveryKindOfTable } from '../../support/every-kind-of-table.ts';
import { expectSameWith, readWithOurs } from '../../support/readers/ask-reader.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { openSpark } from '../../support/spark.ts';
import { skipPlainly } from '../../support/skip-plainly.ts';

const spark = await openSpark();
if (spark.missing !== undefined) skipPlainly(`without Spark: ${spark.missing}`);
const programs = join(import.meta.dirname, '..', '..', 'support', 'readers');

test.skipIf(spark.missing !== undefined)(
  'every kind of table that we write is read the same by Spark, with and without filters',
  async () => {
    const folder = await scratchFolder();
    const tables = await readWithOurs(await writeEveryKindOfTable(folder), folder, 16);
    const program = await readFile(join(programs, 'read_with_spark.py'), 'utf8');
    const run = (questions: string): Promise<unknown> =>
      spark.run(`import sys; sys.path.insert(0, args[1])\n${program}`, questions, programs);
    const answers = await expectSameWith(
      { name: 'spark', run, mostFilters: 12, copiesAreFolders: true },
      tables,
      folder,
    );
    for (const { table, schemaString, partitionColumns } of tables) {
      const said = { schema: withoutDeltaKeys(schemaString), partitionColumns, history: await historyOf(table.root) };
      expect(answers[table.name]?.said).toEqual(said);
    }
  },
  1_200_000,
);

/** What `DESCRIBE HISTORY` has to say of our commits. */
async function historyOf(root: string): Promise<unknown> {
  return (await collect(history(openObjectStore(root)))).map(({ version, commitInfo }) => ({
    version,
    operation: commitInfo?.operation,
    operationMetrics: commitInfo?.operationMetrics ?? null,
    engineInfo: commitInfo?.engineInfo,
    isBlindAppend: commitInfo?.isBlindAppend,
  }));
}

/** What a schema says to Spark's users: not how its types have changed. */
function withoutDeltaKeys(schemaString: string): unknown {
  return JSON.parse(schemaString, (key, value: unknown) => (key.startsWith('delta.') ? undefined : value));
}
