import { describe, expect, it, test } from 'vitest';
import { openLakeSession } from '../../../src/lake/lake-session.ts';
import { quoteLiteral } from '../../../src/model/pipeline/sql-text.ts';
import { field, struct, type DataType, type StructField } from '../../../src/model/table/table-schema.ts';
import { runPipeline, type SpecParts } from '../../support/run-pipeline.ts';

interface Stats {
  readonly numRecords: number;
  readonly minValues: Record<string, unknown>;
  readonly maxValues: Record<string, unknown>;
  readonly nullCount: Record<string, unknown>;
}

function json(...schema: StructField[]): NonNullable<SpecParts['parse']> {
  return { format: 'json', schema, onCastFailure: 'reject' };
}

async function statsOf(schema: readonly StructField[], documents: readonly unknown[]): Promise<Stats> {
  const values = documents.map((document) => (typeof document === 'string' ? document : JSON.stringify(document)));
  const { files, deadLetters } = await runPipeline({ parse: json(...schema) }, values);
  expect([files.length, deadLetters]).toEqual([1, []]);
  return JSON.parse(files[0]?.stats ?? '') as Stats;
}

const list = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });

describe('statistics of a file', () => {
  it('are nested as the schema, with null counts for every leaf', async () => {
    const schema = [
      field('n', 'long'),
      field('s', struct(field('t', 'string'), field('q"x.y', struct(field('d', 'date'))), field('b', 'boolean'))),
      field('l', list('long')),
      field('o', struct(field('m', { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true }))),
      field('raw', 'binary'),
    ];
    const stats = await statsOf(schema, [
      { n: 1, s: { t: 'b', 'q"x.y': { d: '2024-02-29' }, b: true }, l: [1, null], o: { m: { k: 'v' } }, raw: 'aGk=' },
      { n: -5, s: { t: 'a' }, o: {} },
      { l: [] },
    ]);
    expect(stats).toEqual({
      numRecords: 3,
      minValues: { n: -5, s: { t: 'a', 'q"x.y': { d: '2024-02-29' } } },
      maxValues: { n: 1, s: { t: 'b', 'q"x.y': { d: '2024-02-29' } } },
      nullCount: { n: 1, s: { t: 1, 'q"x.y': { d: 2 }, b: 2 }, l: 1, o: { m: 2 }, raw: 2 },
    });
  });

  it('keep all digits of longs and decimals', async () => {
    const schema = [field('n', 'long'), field('d', 'decimal(38,18)')];
    const values = ['{"n":9007199254740993,"d":12345678901234567890.123456789012345678}'];
    const { files } = await runPipeline({ parse: json(...schema) }, values);
    expect(files[0]?.stats).toContain('"maxValues":{"n":9007199254740993,"d":12345678901234567890.123456789012345678}');
  });

  it('leave out the bounds of a column with NaN, whichever row group it is in', async () => {
    for (const nanFirst of [true, false]) {
      const numbers = Array.from({ length: 5000 }, (_, i) => ({ x: i < 2500 === nanFirst ? 'NaN' : 1 }));
      const stats = await statsOf([field('x', 'double'), field('pad', 'string')], numbers);
      expect([stats.minValues, stats.maxValues, stats.nullCount]).toEqual([{}, {}, { x: 0, pad: 5000 }]);
    }
  });

  it('bound long strings in whole characters, also where the engine knows no bounds of them', async () => {
    const stats = await statsOf([field('t', 'string')], [{ t: '😀'.repeat(60) }, { t: 'é'.repeat(100) }]);
    expect(stats.minValues).toEqual({ t: 'é'.repeat(32) });
    expect(stats.maxValues).toEqual({ t: `${'😀'.repeat(16)}\u{10ffff}` });
    const ofPrefix = await statsOf([field('t', 'string')], [{ t: 'z'.repeat(1_000_000) }, { t: 'b' }]);
    expect([ofPrefix.minValues, ofPrefix.maxValues]).toEqual([{ t: 'b' }, { t: `${'z'.repeat(32)}\u007f` }]);
    // A single row group without bounds leaves the engine without any for the whole file.
    const rows = Array.from({ length: 130_000 }, (_, i) => ({ t: i === 129_999 ? '😀'.repeat(500) : 'b' }));
    expect((await statsOf([field('t', 'string')], rows)).maxValues).toEqual({
      t: `${'😀'.repeat(16)}\u{10ffff}`,
    });
  });

  it('cover the first 32 leaves', async () => {
    const schema = [
      field('s', struct(field('a', 'long'), field('b', 'long'))),
      ...Array.from({ length: 40 }, (_, i) => field(`c${i}`, 'long')),
    ];
    const stats = await statsOf(schema, [{ c29: 1, c30: 1 }]);
    expect(Object.keys(stats.nullCount)).toHaveLength(31);
    expect([stats.maxValues['c29'], stats.maxValues['c30']]).toEqual([1, undefined]);
  });
});

describe('partitioned files', () => {
  const partitioned = async (
    type: DataType,
    texts: readonly (string | null)[],
  ): Promise<(string | null | undefined)[]> => {
    const { files, rows } = await runPipeline(
      { parse: json(field('p', type)), metadata: { o: 'offset' }, partitionBy: ['p'] },
      texts.map((p) => JSON.stringify({ p })),
    );
    expect(rows).toHaveLength(texts.length);
    for (const { path, stats } of files) {
      expect(path).toMatch(/^2026-11-20\/p=[\w.%-]+\/[0-9a-f-]{36}\.snappy\.parquet$/);
      expect(stats).not.toContain('"p"');
    }
    return files.map(({ partitionValues }) => partitionValues['p']);
  };

  it('carry their values in the log, whatever is in them', async () => {
    const odd = [' ', '../x', 'a/b=c', "it's", 'tab\t', '__HIVE_DEFAULT_PARTITION__', 'é😀', '\0', 'NULL'];
    expect((await partitioned('string', odd)).toSorted()).toEqual(odd.toSorted());
  });

  it('count the empty string as null', async () => {
    expect(await partitioned('string', ['', null, 'x'])).toEqual([null, 'x', null]);
  });

  it.each([
    ['long', '9007199254740993', '9007199254740993'],
    ['boolean', 'true', 'true'],
    ['date', '1969-12-31', '1969-12-31'],
    ['decimal(9,2)', '1.5', '1.50'],
    ['decimal(2,2)', '-0.5', '-0.50'],
    ['timestamp', '2026-11-20T07:00:00+02:00', '2026-11-20T05:00:00Z'],
    ['timestamp', '1969-12-31T23:59:59.000001Z', '1969-12-31T23:59:59.000001Z'],
    ['timestamp_ntz', '2026-11-20T07:00:00.5', '2026-11-20 07:00:00.500000'],
  ] as const)('serialise a %s', async (type, text, expected) => {
    expect(await partitioned(type, [text])).toEqual([expected]);
  });

  it('are as many as there are values, each with its own count', async () => {
    const values = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ p: i % 300 }));
    const { files, rows } = await runPipeline(
      { parse: json(field('p', 'integer')), metadata: { o: 'offset' }, partitionBy: ['p'] },
      values,
    );
    expect([files.length, rows.length]).toEqual([300, 3000]);
    expect(files.every((file) => file.recordCount === 10)).toBe(true);
  });
});

test('DuckDB finds equal bytes and both zeros in files that repeat them', async () => {
  const bytes = Array.from({ length: 3000 }, (_, i) => Buffer.from([0, i % 7]));
  const zeros = bytes.map((_, i) => (i % 2 === 0 ? '{"n":-0.0}' : '{"n":1}'));
  const found: unknown[] = [];
  const count = (condition: string) => async (files: readonly string[]) => {
    await using session = await openLakeSession({ threads: 1 });
    const reader = await session.read(
      `SELECT count(*)::INTEGER FROM read_parquet([${files.map(quoteLiteral).join(', ')}]) WHERE ${condition}`,
    );
    found.push(reader.value(0, 0));
  };
  await runPipeline(
    { metadata: { b: 'valueBytes' } },
    bytes.map((value) => ({ value })),
    {
      inspect: count(`b = unhex('0003')`),
    },
  );
  await runPipeline({ parse: json(field('n', 'double')) }, zeros, { inspect: count('n = 0.0') });
  expect(found).toEqual([429, 1500]);
});

describe('the size of files', () => {
  it('stays near the target', async () => {
    const values = Array.from(
      { length: 20_000 },
      (_, i) => `${i} ${Math.random()} ${'abcdefgh'.repeat(10)} ${Math.random()}`,
    );
    const { files, rows } = await runPipeline({ metadata: { v: 'value' }, targetFileSizeBytes: 200_000 }, values);
    expect(files.length).toBeGreaterThan(2);
    expect(Math.max(...files.map((file) => file.sizeBytes))).toBeLessThan(400_000);
    expect(rows.map((row) => row['v']).toSorted()).toEqual(values.toSorted());
  });

  it('has no part in what is written when memory is short', async () => {
    const values = Array.from({ length: 30_000 }, (_, i) => JSON.stringify({ n: i, pad: 'x'.repeat(i % 500) }));
    values[17] = 'broken';
    const limits = { sliceBytes: 1_000_000, inputBytes: 300_000, inputRows: 2500 };
    const { files, rows, deadLetters, group } = await runPipeline(
      { parse: json(field('n', 'integer')), metadata: { o: 'offset' } },
      values,
      { options: { limits }, orderBy: 'o' },
    );
    expect(files.length).toBeGreaterThan(5);
    expect(rows.map((row) => row['n'])).toEqual(values.map((_, i) => i).filter((i) => i !== 17));
    expect(deadLetters.map((row) => row['offset'])).toEqual(['17']);
    expect(group.counts).toMatchObject([{ rows: 29_999, deadLetters: 1 }]);
  });
});
