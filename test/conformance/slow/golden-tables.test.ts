import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import { openLakeSession, type LakeSession } from '../../../src/lake/lake-session.ts';
import { openTable, viewTable, type LakeTable } from '../../../src/lake/table/open-table.ts';
import { createTableView } from '../../../src/lake/table/table-view.ts';
import { goldenSource, goldenTables, type GoldenTable } from '../../support/golden-tables.ts';
import { skipPlainly } from '../../support/skip-plainly.ts';

/** What a table says that is none, on purpose or for want of its files: by the code of our error. */
const notReadable: Readonly<Record<string, readonly [code: string, why: string]>> = {
  'data-reader-absolute-paths-escaped-chars': ['TABLE_CORRUPT', 'a log of single actions, without metaData'],
  checkpoint: ['TABLE_CORRUPT', 'a log alone: its data files do not exist'],
  'delete-re-add-same-file-different-transactions': ['TABLE_CORRUPT', 'a log alone: its data files do not exist'],
  'deltalog-commit-info': ['TABLE_CORRUPT', 'its metaData has no schema'],
  'deltalog-invalid-protocol-version': ['TABLE_FEATURE_UNSUPPORTED', 'it needs reader version 99'],
  'deltalog-state-reconstruction-from-checkpoint-missing-metadata': ['TABLE_CORRUPT', 'its log has no metaData'],
  'deltalog-state-reconstruction-from-checkpoint-missing-protocol': ['TABLE_CORRUPT', 'its metaData has no schema'],
  'deltalog-state-reconstruction-without-metadata': ['TABLE_CORRUPT', 'its log has no metaData'],
  'deltalog-state-reconstruction-without-protocol': ['TABLE_CORRUPT', 'its log has no protocol'],
  hive: ['TABLE_NOT_FOUND', 'a folder of several tables'],
  'log-replay-special-characters-b': ['TABLE_CORRUPT', 'a log alone: its data files do not exist'],
  'no-delta-log-folder': ['TABLE_NOT_FOUND', 'there is no log'],
  'update-deleted-directory': ['TABLE_CORRUPT', 'its metaData has no schema'],
  'versions-not-contiguous': ['TABLE_CORRUPT', 'an entry of its log is missing'],
  '300k-add-files-100-col-partitioned': ['TABLE_CORRUPT', 'a log alone: its 300,000 data files do not exist'],
  'app-txn-with-last-updated': ['TABLE_CORRUPT', 'a log alone: its data files do not exist'],
  'crc-malformed': ['TABLE_NOT_FOUND', 'there is no log'],
  partition_cm: ['TABLE_NOT_FOUND', 'a folder of several tables'],
  'table-with-geo': ['TABLE_FEATURE_UNSUPPORTED', 'the type geometry'],
  'unshredded-variant': ['TABLE_FEATURE_UNSUPPORTED', 'the type variant'],
  with_checkpoint_no_last_checkpoint: ['TABLE_CORRUPT', 'a log alone: its data files do not exist'],
};

/** Where the rows that are expected depend on what a table does not say. */
const differs: Readonly<Record<string, string>> = {
  'data-reader-partition-values':
    'timestamps as partition values without a time zone: the writer’s is expected, in which UTC−7 is not stored; we take UTC',
};

interface Result {
  readonly outcome: 'equal' | 'different' | 'read' | 'refused';
  readonly rows?: number;
  readonly code?: string;
  readonly reader: string;
}

const golden = await goldenTables();

describe.skipIf(golden.kind === 'unavailable')('golden tables', () => {
  const tables = golden.kind === 'ready' ? golden.tables : [];
  const results = new Map<GoldenTable, Result>();

  it.each(tables.map((table) => [`${table.group}/${table.name}`, table] as const))('%s', async (_name, table) => {
    const result = await read(table);
    results.set(table, result);
    const [code] = notReadable[table.name] ?? [];
    expect(result.code).toBe(code);
    if (code !== undefined) return;
    const wanted = table.name in differs ? 'different' : table.expectedFiles ? 'equal' : 'read';
    expect(result.outcome).toBe(wanted);
  });

  it('are told of in docs/delta-conformance.md as they are', async () => {
    const page = await format(document([...results]), { parser: 'markdown', printWidth: 120 });
    await expect(page).toMatchFileSnapshot('../../../docs/delta-conformance.md');
  });
});

if (golden.kind === 'unavailable') skipPlainly(golden.reason);

async function read(golden: GoldenTable): Promise<Result> {
  await using session = await openLakeSession();
  try {
    const table = await openTable({ name: golden.name, root: golden.root });
    await viewTable(session, 'actual', table);
    const reader = features(table);
    const rows = await count(session, 'SELECT * FROM actual');
    if (!golden.expectedFiles) return { outcome: 'read', rows, reader };
    const files = golden.expectedFiles.map((url) => ({ url, partitionValues: {} }));
    await createTableView(session.connection, 'expected', { schema: table.state.schema, partitionColumns: [], files });
    const isEqual =
      (await difference(session, 'actual', 'expected')) + (await difference(session, 'expected', 'actual'));
    return { outcome: isEqual === 0 ? 'equal' : 'different', rows, reader };
  } catch (error) {
    if (error instanceof BronzeError) return { outcome: 'refused', code: error.code, reader: '' };
    throw error;
  }
}

/** Rows of the one that the other has not, as often as it has them. */
function difference(session: LakeSession, one: string, other: string): Promise<number> {
  return count(
    session,
    `SELECT to_json(__row)::VARCHAR FROM ${one} __row EXCEPT ALL SELECT to_json(__row)::VARCHAR FROM ${other} __row`,
  );
}

async function count(session: LakeSession, select: string): Promise<number> {
  return Number((await session.read(`SELECT count(*) FROM (${select})`)).value(0, 0));
}

function features({ state }: LakeTable): string {
  const { minReaderVersion, readerFeatures } = state.protocol;
  const mode = state.metaData.configuration['delta.columnMapping.mode'];
  return [
    ...(minReaderVersion === 3 ? (readerFeatures ?? []) : []),
    ...(mode === undefined || mode === 'none' ? [] : [`columns mapped by ${mode}`]),
    ...(state.checkpointVersion === undefined ? [] : ['checkpoint']),
  ].join(', ');
}

function document(results: readonly (readonly [GoldenTable, Result])[]): string {
  const all = results.map(([, result]) => result.outcome);
  const counted = (outcome: Result['outcome']): number => all.filter((one) => one === outcome).length;
  const lines = results.map(([table, result]) => {
    return `| ${table.group}/${table.name} | ${result.reader} | ${tell(table, result)} |`;
  });
  return `# Golden tables

What \`bronze query\` reads of the tables that Delta's own projects test their readers with: \`${goldenSource.folders.join('` and `')}\`
of <${goldenSource.url}> at commit \`${goldenSource.commit.slice(0, 12)}\` (Apache License 2.0). The first are the golden tables of
delta-io/delta together with the rows that Spark reads from them, which are compared row by row; the second come without
rows. The tables are not part of this project: \`npm run test:conformance\` fetches them, and compares this page with what it finds.

${results.length} tables: ${counted('equal')} with exactly the rows expected, ${counted('different')} with other rows,
${counted('read')} read without rows to compare with, ${counted('refused')} refused, each for its reason.

| table | uses | result |
| --- | --- | --- |
${lines.join('\n')}
`;
}

function tell(table: GoldenTable, { outcome, rows = 0, code }: Result): string {
  switch (outcome) {
    case 'equal':
      return `equal: ${rows} rows`;
    case 'different':
      return `${rows} rows; ${differs[table.name] ?? 'different'}`;
    case 'read':
      return `${rows} rows`;
    case 'refused':
      return `${code ?? ''}: ${notReadable[table.name]?.[1] ?? ''}`;
  }
}
