import { describe, expect, it } from 'vitest';
import { fileTimes } from '../../../../src/ingest/deduplicate/file-times.ts';
import { FileFacts } from '../../../../src/lake/data-skipping/column-facts.ts';
import { field, struct, type DataType } from '../../../../src/model/table/table-schema.ts';

function timesOf(
  type: DataType,
  {
    name = 'at',
    stats,
    partitionValues = {},
  }: { name?: string; stats?: unknown; partitionValues?: Record<string, string | null> },
): unknown {
  const schema = struct(field('at', type), field('event', struct(field('at', type))));
  const file = { path: 'x', size: 1, modificationTime: 0, dataChange: true, partitionValues };
  const add = stats === undefined ? file : { ...file, stats: JSON.stringify(stats) };
  const facts = new FileFacts(add, { schema, columnMapping: 'none' }).of(name.split('.'));
  if (!facts) throw new Error(`no field ${name}`);
  return fileTimes(facts);
}

const micros = (text: string): bigint => BigInt(Date.parse(text)) * 1000n;

describe('the times of a file', () => {
  // Instants are known to a millisecond, which writers cut in either direction.
  it.each<[type: DataType, min: unknown, max: unknown, first: bigint, last: bigint]>([
    [
      'timestamp',
      '2026-11-20T07:00:00.123Z',
      '2026-11-20T08:00:00.456Z',
      micros('2026-11-20T07:00:00.123Z') - 999n,
      micros('2026-11-20T08:00:00.456Z') + 999n,
    ],
    ['timestamp', '1969-12-31T23:59:59Z', '1970-01-01T01:00:00+01:00', -1_000_999n, 999n],
    [
      'timestamp_ntz',
      '2026-11-20T07:00:00.123456',
      '2026-11-20T07:00:00.124',
      micros('2026-11-20T07:00:00.123Z') + 456n - 999n,
      micros('2026-11-20T07:00:00.124Z') + 999n,
    ],
    ['date', '2026-11-20', '2026-11-21', micros('2026-11-20T00:00:00Z'), micros('2026-11-22T00:00:00Z') - 1n],
    ['long', 1_795_000_000_000, 1_795_000_000_001, 1_795_000_000_000_000n, 1_795_000_000_001_999n],
  ])('are those of its statistics: %s from %j to %j', (type, min, max, first, last) => {
    const stats = { numRecords: 2, minValues: { at: min }, maxValues: { at: max }, nullCount: { at: 0 } };
    expect(timesOf(type, { stats })).toEqual({ first, last });
  });

  it('are found in structs, whatever the case of names', () => {
    const stats = {
      numRecords: 1,
      minValues: { event: { at: '2026-11-20' } },
      maxValues: { event: { at: '2026-11-20' } },
    };
    const at = micros('2026-11-20T00:00:00Z');
    expect(timesOf('date', { name: 'Event.AT', stats })).toEqual({ first: at, last: at + 86_399_999_999n });
  });

  it('are the value of a partition column', () => {
    const at = micros('2026-11-20T00:00:00Z');
    expect(timesOf('date', { partitionValues: { at: '2026-11-20' } })).toEqual({
      first: at,
      last: at + 86_399_999_999n,
    });
    const spaced = timesOf('timestamp', { partitionValues: { at: '2026-11-20 00:00:00.000123' } });
    expect(spaced).toEqual({ first: at + 123n - 999n, last: at + 123n + 999n });
    expect(timesOf('date', { partitionValues: { at: null } })).toBe('none');
  });

  it('are none where all are null', () => {
    expect(timesOf('timestamp', { stats: { numRecords: 3, nullCount: { at: 3 } } })).toBe('none');
  });

  it.each<[why: string, type: DataType, stats: unknown]>([
    ['there are no statistics', 'timestamp', undefined],
    ['the column has none', 'timestamp', { numRecords: 3, minValues: {}, maxValues: {}, nullCount: {} }],
    ['only one bound is there', 'timestamp', { numRecords: 3, minValues: { at: '2026-11-20T07:00:00Z' } }],
    ['they are in another form', 'timestamp', { numRecords: 1, minValues: { at: 'noon' }, maxValues: { at: 'noon' } }],
    ['they lost digits', 'long', { numRecords: 1, minValues: { at: 1e30 }, maxValues: { at: 1e30 } }],
  ])('are unknown where %s', (_, type, stats) => {
    expect(timesOf(type, { stats })).toBe('unknown');
  });
});
