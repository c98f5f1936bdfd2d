import { describe, expect, it } from 'vitest';
import { rowHashOf } from '../../../src/engine/append-records.ts';
import { field } from '../../../src/model/table/table-schema.ts';
import { plannedAtMs, runPipeline, type RecordParts, type SpecParts } from '../../support/run-pipeline.ts';

const json: SpecParts['parse'] = { format: 'json', schema: [field('a', 'long')], onCastFailure: 'reject' };
const notUtf8 = Uint8Array.from([0x7b, 0xff, 0x7d]);

describe('the raw format', () => {
  const metadata = {
    _raw_value: 'value',
    _bytes: 'valueBytes',
    _key: 'key',
    _key_bytes: 'keyBytes',
    _topic: 'topic',
    _partition: 'partition',
    _offset: 'offset',
    _timestamp: 'timestamp',
    _timestamp_type: 'timestampType',
    _ingested_at: 'ingestedAt',
    _ingestion_date: 'ingestionDate',
    _is_valid: 'isValid',
    _row_hash: 'rowHash',
    _job: 'job',
    _batch: 'batch',
  } as const;

  it('makes a row of any text, with everything that is known of the record', async () => {
    const { rows, deadLetters, group } = await runPipeline({ metadata }, [
      { value: 'abc', key: 'k', timestampMs: 1_700_000_000_123n, timestampType: 'LogAppendTime' },
    ]);
    expect(deadLetters).toEqual([]);
    expect(rows).toEqual([
      {
        _raw_value: 'abc',
        _bytes: 'abc',
        _key: 'k',
        _key_bytes: 'k',
        _topic: 'events',
        _partition: 0,
        _offset: '0',
        _timestamp: '2023-11-14 22:13:20.123+00',
        _timestamp_type: 'LogAppendTime',
        _ingested_at: '2026-11-20 07:00:00.123+00',
        _ingestion_date: '2026-11-20',
        _is_valid: true,
        _row_hash: String(rowHashOf(Buffer.from('abc'))),
        _job: 'test-job',
        _batch: '7',
      },
    ]);
    expect(group.counts).toEqual([
      { partition: 0, startOffset: '0', endOffset: '1', rows: 1, deadLetters: 0, drops: {} },
    ]);
  });

  it('keeps odd text as it is: empty, with NUL, right to left, a megabyte long', async () => {
    const texts = ['', 'a\0b', 'שלום 👋🏽', '​', "';--", 'x'.repeat(1 << 20)];
    const { rows } = await runPipeline({ metadata: { v: 'value', o: 'offset' } }, texts, { orderBy: 'o' });
    expect(rows.map((row) => row['v'])).toEqual(texts);
  });

  it('has no timestamp where Kafka has none', async () => {
    const records = [-1n, -62_135_596_800_001n, 9_223_372_036_854_775_807n, 0n].map((timestampMs) => ({
      value: '',
      timestampMs,
    }));
    const { rows } = await runPipeline({ metadata: { t: 'timestamp', o: 'offset' } }, records, { orderBy: 'o' });
    expect(rows.map((row) => row['t'])).toEqual([null, null, null, '1970-01-01 00:00:00+00']);
  });

  it('refuses a value that is not UTF-8 only where a column holds it as text', async () => {
    const records = [{ value: notUtf8 }, 'ok'];
    const asText = await runPipeline({ metadata: { v: 'value' } }, records);
    expect(asText.rows).toEqual([{ v: 'ok' }]);
    expect(asText.deadLetters).toMatchObject([{ offset: '0', error_code: 'INVALID_UTF8', value: '{\\xFF}' }]);
    const asBytes = await runPipeline({ metadata: { v: 'valueBytes' } }, records);
    expect(asBytes.rows).toEqual([{ v: '{\\xFF}' }, { v: 'ok' }]);
  });

  it('refuses a key that is not UTF-8 only where a column holds it as text', async () => {
    const records = [
      { value: 'v', key: notUtf8 },
      { value: 'w', key: null },
    ];
    const asText = await runPipeline({ metadata: { k: 'key', v: 'value' } }, records);
    expect(asText.rows).toEqual([{ k: null, v: 'w' }]);
    expect(asText.deadLetters).toMatchObject([{ error_code: 'INVALID_UTF8', step: 'metadata', key: '{\\xFF}' }]);
    const asBytes = await runPipeline({ metadata: { k: 'keyBytes', v: 'value' } }, records);
    expect(asBytes.rows).toEqual([
      { k: '{\\xFF}', v: 'v' },
      { k: null, v: 'w' },
    ]);
  });

  it('refuses a value beyond the size bound, and keeps it whole', async () => {
    const large = Buffer.alloc(32 * 1024 * 1024 + 1, 'x');
    const { rows, deadLetters } = await runPipeline({ metadata: { v: 'value' } }, [{ value: large }, 'ok']);
    expect(rows).toEqual([{ v: 'ok' }]);
    expect(deadLetters).toMatchObject([{ error_code: 'VALUE_TOO_LARGE', offset: '0' }]);
    expect(String(deadLetters[0]?.['value']).length).toBe(large.length);
  });
});

describe('rowHash', () => {
  it.each([
    // XXH64 with seed 42, as Spark's xxhash64() gives it.
    ['', -7_444_071_767_201_028_348n],
    ['Spark', -4_294_468_057_691_064_905n],
  ] as const)('of %j is what Spark gives', (text, hash) => {
    expect(rowHashOf(Buffer.from(text))).toBe(hash);
  });
});

describe('tombstones', () => {
  const metadata = { v: 'value', o: 'offset', ok: 'isValid', h: 'rowHash' } as const;
  const records = [null, '{"a":1}'];

  it('are dead letters, drops or rows, as the job says', async () => {
    const run = (tombstones: 'deadLetter' | 'drop' | 'keep'): ReturnType<typeof runPipeline> =>
      runPipeline({ parse: json, metadata, malformed: { tombstones } }, records, { orderBy: 'o' });
    const lettered = await run('deadLetter');
    expect(lettered.deadLetters).toMatchObject([{ error_code: 'TOMBSTONE', step: 'malformed', value: null }]);
    expect(lettered.group.deadLettersByCode).toEqual({ TOMBSTONE: 1 });
    const dropped = await run('drop');
    expect(dropped.group.counts).toMatchObject([{ rows: 1, deadLetters: 0, drops: { tombstone: 1 } }]);
    const kept = await run('keep');
    expect(kept.rows[0]).toEqual({ a: null, v: null, o: '0', ok: false, h: null });
    expect(kept.group.counts).toMatchObject([{ rows: 2, deadLetters: 0, drops: {} }]);
  });
});

describe('records that do not parse', () => {
  it('become rows where the job keeps them, except those that no column can hold', async () => {
    const schema = [field('id', 'string', false), field('a', 'long')];
    const records = ['{', '[]', '', '{"id":"x","a":"no"}', '{"a":1}', { value: notUtf8 }, '{"id":"y","a":2}'];
    const { rows, deadLetters } = await runPipeline(
      {
        parse: { format: 'json', schema, onCastFailure: 'reject' },
        malformed: { records: 'keep' },
        metadata: { v: 'value', ok: 'isValid', o: 'offset' },
      },
      records,
      { orderBy: 'o' },
    );
    expect(rows.map(({ id, a, ok, v }) => [id, a, ok, v])).toEqual([
      [null, null, false, '{'],
      [null, null, false, '[]'],
      [null, null, false, ''],
      ['x', null, false, '{"id":"x","a":"no"}'],
      [null, '1', false, '{"a":1}'],
      ['y', '2', true, '{"id":"y","a":2}'],
    ]);
    expect(deadLetters.map((row) => row['error_code'])).toEqual(['INVALID_UTF8']);
  });

  it('leave dead letters with all that a person or a replay needs', async () => {
    const headers: RecordParts['headers'] = [
      [Buffer.from('trace'), Buffer.from([0xff, 0])],
      [Buffer.from('empty'), Buffer.alloc(0)],
      [Buffer.from('none'), null],
    ];
    const { deadLetters, group } = await runPipeline({ parse: json, metadata: { v: 'value' } }, [
      '{"a":1}',
      { value: 'broken', key: 'k', headers, timestampMs: 1_700_000_000_123n },
    ]);
    expect(deadLetters).toEqual([
      {
        topic: 'events',
        partition: 0,
        offset: '1',
        timestamp: '2023-11-14 22:13:20.123+00',
        timestamp_type: 'CreateTime',
        key: 'k',
        value: 'broken',
        headers: [
          { key: 'trace', value: '\\xFF\\x00' },
          { key: 'empty', value: '' },
          { key: 'none', value: null },
        ],
        step: 'parse',
        error_code: 'INVALID_JSON',
        error_message: 'the value is not valid JSON',
        schema_id: null,
        job: 'test-job',
        batch: '7',
        dead_lettered_at: '2026-11-20 07:00:00.123+00',
        partition_date: '2026-11-20',
      },
    ]);
    expect(group.counts).toMatchObject([{ rows: 1, deadLetters: 1 }]);
    expect(group.deadLettersByCode).toEqual({ INVALID_JSON: 1 });
  });

  it('keep their headers apart, however many a record has', async () => {
    const counts = [5000, 0, 1, 3000];
    const records = counts.map((count, record) => ({
      value: 'broken',
      headers: Array.from({ length: count }, (_, i) => {
        return [Buffer.from(`${record}/${i}`), i % 3 === 0 ? null : Buffer.from(`v${i}`)] as const;
      }),
    }));
    const { deadLetters } = await runPipeline({ parse: json, metadata: { v: 'value' } }, records);
    expect(deadLetters.map((row) => row['headers'])).toEqual(
      records.map(({ headers }) =>
        headers.map(([key, value]) => ({ key: String(key), value: value && String(value) })),
      ),
    );
  });
});

describe('derived columns', () => {
  it('are made of all columns before them, and null where the SQL fails for a record', async () => {
    const { rows } = await runPipeline(
      {
        parse: json,
        metadata: { seen_at: 'ingestedAt', o: 'offset' },
        derive: [
          { name: 'twice', type: 'long', sql: 'a * 2 -- a comment' },
          { name: 'four times', type: 'integer', sql: 'twice * 2' },
          { name: 'hour', type: 'integer', sql: "hour(seen_at AT TIME ZONE 'UTC')" },
          { name: 'inverse', type: 'decimal(9,3)', sql: '1 / a' },
          { name: 'fails', type: 'integer', sql: "CAST('x' || a AS INTEGER)" },
        ],
      },
      ['{"a":4}', '{"a":0}', '{"a":5000000000}', '{}'],
      { orderBy: 'o' },
    );
    expect(rows[0]?.['seen_at']).toBe(`${new Date(plannedAtMs).toISOString().slice(0, 23).replace('T', ' ')}+00`);
    expect(rows.map((row) => [row['twice'], row['four times'], row['hour'], row['inverse'], row['fails']])).toEqual([
      ['8', 16, 7, '0.250', null],
      ['0', 0, 7, null, null],
      ['10000000000', null, 7, '0.000', null],
      [null, null, 7, null, null],
    ]);
  });
});

describe('counting', () => {
  it('takes in what was never a record', async () => {
    const { group } = await runPipeline({ metadata: { v: 'value' } }, ['a', 'b'], {
      drops: { controlRecord: 2, abortedTransaction: 3 },
      endOffset: 7,
    });
    expect(group.counts).toEqual([
      {
        partition: 0,
        startOffset: '0',
        endOffset: '7',
        rows: 2,
        deadLetters: 0,
        drops: { controlRecord: 2, abortedTransaction: 3 },
      },
    ]);
  });

  it('fails where an offset is unaccounted for', async () => {
    const run = runPipeline({ metadata: { v: 'value' } }, ['a', 'b'], { endOffset: 3 });
    await expect(run).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('works for a range without a single record', async () => {
    const { group, files } = await runPipeline({ metadata: { v: 'value' } }, [], {
      drops: { compacted: 5 },
      endOffset: 5,
    });
    expect([files, group.counts[0]?.drops]).toEqual([[], { compacted: 5 }]);
  });
});
