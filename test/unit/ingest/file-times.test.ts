import { describe, expect, it } from 'vitest';
import { fileTimes } from '../../../src/ingest/file-times.ts';
import { findField } from '../../../src/model/field-path.ts';
import { field, struct, type DataType, type StructField } from '../../../src/model/table-schema.ts';

function timesOf(
  type: DataType,
  {
    name = 'at',
    stats,
    partitionValues = {},
  }: { name?: string; stats?: unknown; partitionValues?: Record<string, string | null> },
): unknown {
  const columns: StructField[] = [field('at', type), field('event', struct(field('at', type)))];
  const place = findField(columns, name);
  if (!place) throw new Error(`no field ${name}`);
  const file = { path: 'x', size: 1, modificationTime: 0, dataChange: true, partitionValues };
  const path = place.steps.flatMap((step) => (step.kind === 'field' ? [step.name] : []));
  return fileTimes(stats === undefined ? file : { ...file, stats: JSON.stringify(stats) }, path, place.type);
}

const micros = (text: string): bigint => BigInt(Date.parse(text)) * 1000n;

describe('the times of a file', () => {
  it.each<[type: DataType, min: unknown, max: unknown, first: string, last: string]>([
    [
      'timestamp',
      '2026-11-20T07:00:00.123Z',
      '2026-11-20T08:00:00.456Z',
      '2026-11-20T07:00:00.123Z',
      '2026-11-20T08:00:00.457Z',
    ],
    [
      'timestamp',
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:00:00+01:00',
      '1969-12-31T23:59:59Z',
      '1969-12-31T23:00:00.001Z',
    ],
    [
      'timestamp_ntz',
      '2026-11-20T07:00:00.123456',
      '2026-11-20T07:00:00.123',
      '2026-11-20T07:00:00.123Z',
      '2026-11-20T07:00:00.124Z',
    ],
    ['date', '2026-11-20', '2026-11-21', '2026-11-20T00:00:00Z', '2026-11-22T00:00:00Z'],
    ['long', 1_795_000_000_000, 1_795_000_000_001, '2026-11-18T11:06:40Z', '2026-11-18T11:06:40.002Z'],
  ])('are those of its statistics: %s from %j to %j', (type, min, max, first, last) => {
    const stats = { numRecords: 2, minValues: { at: min }, maxValues: { at: max }, nullCount: { at: 0 } };
    expect(timesOf(type, { stats })).toEqual({ first: micros(first), last: micros(last) - 1n });
  });

  it('are found in structs', () => {
    const stats = {
      numRecords: 1,
      minValues: { event: { at: '2026-11-20T07:00:00Z' } },
      maxValues: { event: { at: '2026-11-20T07:00:00Z' } },
    };
    const at = micros('2026-11-20T07:00:00Z');
    expect(timesOf('timestamp', { name: 'event.at', stats })).toEqual({ first: at, last: at + 999n });
  });

  it('are the value of a partition column', () => {
    const at = micros('2026-11-20T00:00:00Z');
    expect(timesOf('date', { partitionValues: { at: '2026-11-20' } })).toEqual({
      first: at,
      last: at + 86_399_999_999n,
    });
    const spaced = timesOf('timestamp', { partitionValues: { at: '2026-11-20 00:00:00.000123' } });
    expect(spaced).toEqual({ first: at, last: at + 999n });
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
    ['they lost digits', 'long', { numRecords: 1, minValues: { at: 2 ** 60 }, maxValues: { at: 2 ** 60 } }],
  ])('are unknown where %s', (_, type, stats) => {
    expect(timesOf(type, { stats })).toBe('unknown');
  });
});
