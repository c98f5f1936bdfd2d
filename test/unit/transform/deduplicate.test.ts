import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeduplicateStep } from '../../../src/model/job/deduplicate-rule.ts';
import { field, struct, type StructField } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { DeduplicatedTable, onlyBatch } from '../../support/deduplicated-table.ts';
import { jobSpec, type RecordParts, type SpecParts } from '../../support/run-pipeline.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

const schema: readonly StructField[] = [
  field('id', 'string'),
  field('n', 'long'),
  field('at', 'timestamp'),
  field(
    'user',
    struct(field('name', 'string'), field('tags', { type: 'array', elementType: 'string', containsNull: true })),
  ),
];

function parts(deduplicate: DeduplicateStep, more: Partial<SpecParts> = {}): SpecParts {
  return {
    parse: { format: 'json', schema, onCastFailure: 'reject' },
    metadata: { p: 'partition', o: 'offset' },
    deduplicate,
    ...more,
  };
}

type Given = readonly [partition: number, value: object | string | null, timestampMs?: number];

function recordsOf(given: readonly Given[]): RecordParts[] {
  return given.map(([partition, value, timestampMs]) => ({
    partition,
    value: typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
    ...(timestampMs === undefined ? {} : { timestampMs: BigInt(timestampMs) }),
  }));
}

/** What stays of one batch, as `partition/offset`. */
async function kept(
  deduplicate: DeduplicateStep,
  given: readonly Given[],
  more?: Partial<SpecParts>,
): Promise<string[]> {
  const table = await DeduplicatedTable.create(await scratchFolder(), parts(deduplicate, more));
  const { rows, group } = await table.attempt(...recordsOf(given));
  const dropped = (group.duplicates?.inBatch ?? 0) + (group.duplicates?.inTable ?? 0);
  const rejected = group.counts.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  expect(rows.length + dropped + rejected).toBe(given.length);
  return rows.map(({ p, o }) => `${String(p)}/${String(o)}`).toSorted();
}

const byId: DeduplicateStep = { key: ['id'], ...onlyBatch };

describe('deduplicate', () => {
  it('keeps one row per key, across the topic partitions of a batch, and counts the others', async () => {
    const table = await DeduplicatedTable.create(await scratchFolder(), parts(byId));
    const { rows, group } = await table.attempt(
      ...recordsOf([
        [1, { id: 'a', n: 1 }],
        [0, { id: 'a', n: 2 }],
        [0, { id: 'b', n: 3 }],
        [1, { id: 'b', n: 4 }],
        [1, { id: 'c', n: 5 }],
        [0, { id: 'b', n: 6 }],
      ]),
    );
    expect(rows.map(({ n }) => Number(n)).toSorted()).toEqual([2, 3, 5]);
    expect(group.duplicates).toEqual({ inBatch: 3, inTable: 0 });
    expect(group.counts.map(({ partition, rows: count, drops }) => ({ partition, count, drops }))).toEqual([
      { partition: 1, count: 1, drops: { duplicate: 2 } },
      { partition: 0, count: 2, drops: { duplicate: 1 } },
    ]);
    expect(group.dropped).toEqual({
      kind: 'inline',
      sets: [
        { partition: 1, reason: 'duplicate', offsets: '0x2' },
        { partition: 0, reason: 'duplicate', offsets: '2' },
      ],
    });
  });

  it.each<[what: string, step: Partial<DeduplicateStep>, expected: string]>([
    ['first: by topic partition, then offset', { keep: 'first' }, '0/0'],
    ['the earliest timestamp of Kafka', { keep: 'earliest' }, '1/0'],
    ['the latest timestamp of Kafka', { keep: 'latest' }, '0/1'],
    ['the earliest by a column; a null comes last', { keep: 'earliest', orderBy: 'n' }, '0/2'],
    ['the latest by a column; a null comes last', { keep: 'latest', orderBy: 'n' }, '1/1'],
    ['the earliest by a nested field; ties go by offset', { keep: 'earliest', orderBy: 'user.name' }, '0/0'],
    ['the latest by a nested field; ties go by offset', { keep: 'latest', orderBy: 'user.name' }, '1/1'],
  ])('can keep %s', async (_, step, expected) => {
    const user = { name: 'x' };
    const given: Given[] = [
      [0, { id: 'a', n: null, user }, 2000],
      [0, { id: 'a', n: 5, user }, 3000],
      [1, { id: 'a', n: 7, user }, 1000],
      [0, { id: 'a', n: -1, user }, 2500],
      [1, { id: 'a', n: 9, user }, 2900],
    ];
    expect(await kept({ ...byId, ...step }, given)).toEqual([expected]);
  });

  it('tells apart by all fields of a composite key, nested ones too', async () => {
    const key = ['id', 'user.name'];
    const given: Given[] = [
      [0, { id: 'ab', user: { name: 'c' } }],
      [0, { id: 'a', user: { name: 'bc' } }],
      [0, { id: 'ab', user: { name: 'c' } }],
      [0, { id: 'a:1', user: { name: ':b' } }],
      [0, { id: 'a', user: { name: '1::b' } }],
      [0, { id: 'ab', user: { name: 'C' } }],
    ];
    expect(await kept({ ...byId, key }, given)).toEqual(['0/0', '0/1', '0/3', '0/4', '0/5']);
  });

  it('leaves nulls alone, or compares them as values', async () => {
    const given: Given[] = [
      [0, { n: 1 }],
      [0, { n: 1 }],
      [0, { id: '', n: 1 }],
      [0, { id: '-', n: 1 }],
      [0, { id: '', n: 1 }],
    ];
    expect(await kept({ ...byId, key: ['id', 'n'] }, given)).toEqual(['0/0', '0/1', '0/2', '0/3']);
    expect(await kept({ ...byId, key: ['id', 'n'], nullKeys: 'equal' }, given)).toEqual(['0/0', '0/2', '0/3']);
  });

  it('does not count dead letters, nor rows that did not parse', async () => {
    const given: Given[] = [
      [0, { id: 'a', n: 'many' }],
      [0, '{'],
      [0, { id: 'a' }],
      [0, '{'],
      [0, { id: 'a' }],
    ];
    expect(await kept(byId, given)).toEqual(['0/2']);
    const keepAll: Partial<SpecParts> = { malformed: { records: 'keep', tombstones: 'keep' } };
    const tombstones: Given[] = [...given.slice(1), [0, null], [0, null]];
    expect(await kept(byId, tombstones, keepAll)).toEqual(['0/0', '0/1', '0/2', '0/4', '0/5']);
  });

  it('sees rows as they are stored: after all other steps', async () => {
    const more: Partial<SpecParts> = {
      normalize: [{ field: 'id', text: ['trim', 'lower'], nullTokens: [] }],
      derive: [{ name: 'parity', type: 'long', sql: 'n % 2' }],
    };
    const given: Given[] = [
      [0, { id: ' A', n: 1 }],
      [0, { id: 'a ', n: 3 }],
      [0, { id: 'a', n: 2 }],
    ];
    expect(await kept({ ...byId, key: ['id', 'parity'] }, given, more)).toEqual(['0/0', '0/2']);
  });

  it('makes of any batch what a slow reference makes of it', async () => {
    const record = fc.record({
      partition: fc.integer({ min: 0, max: 2 }),
      id: fc.constantFrom('a', 'b', 'c'),
      second: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
    });
    const steps = fc.record({
      keep: fc.constantFrom('first', 'earliest', 'latest'),
      widthSeconds: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 30 }),
        steps,
        async (records, { keep, widthSeconds }) => {
          const ordered = keep === 'first' ? {} : { orderBy: 'n' };
          const window = widthSeconds === null ? {} : { window: { field: 'at', widthMs: widthSeconds * 1000 } };
          const given = records.map(({ partition, id, second }, index): Given => {
            return [
              partition,
              {
                id,
                n: (index * 7) % 5,
                at: second === null ? null : `2026-11-20T07:00:${String(second).padStart(2, '0')}Z`,
              },
            ];
          });
          const offsets = new Map<number, number>();
          const candidates = records.map(({ partition, id, second }, index) => {
            const offset = offsets.get(partition) ?? 0;
            offsets.set(partition, offset + 1);
            return { partition, offset, id, second, n: (index * 7) % 5 };
          });
          const sign = keep === 'latest' ? -1 : 1;
          const preferred = candidates.toSorted(
            (left, right) =>
              sign *
              ((keep === 'first' ? 0 : left.n - right.n) ||
                left.partition - right.partition ||
                left.offset - right.offset),
          );
          const staying: typeof candidates = [];
          for (const row of preferred) {
            const isNear = (other: typeof row): boolean =>
              widthSeconds === null ||
              (row.second !== null && other.second !== null && Math.abs(row.second - other.second) <= widthSeconds);
            if (!staying.some((other) => other.id === row.id && isNear(other))) staying.push(row);
          }
          const expected = staying.map(({ partition, offset }) => `${partition}/${offset}`).toSorted();
          expect(await kept({ ...byId, keep, ...ordered, ...window }, given)).toEqual(expected);
        },
      ),
      propertyRuns(25),
    );
  });

  it.each<[step: Partial<DeduplicateStep>, problem: string]>([
    [{ key: ['idd'] }, 'idd: there is no such field'],
    [{ key: ['user'] }, 'user: expected a single value'],
    [{ key: ['user.tags[]'] }, 'user.tags[]: expected a single value'],
    [{ keep: 'latest', orderBy: 'user.tags' }, 'user.tags: expected a single value'],
    [{ window: { field: 'id', widthMs: 1 } }, 'id: expected a timestamp'],
  ])('is refused where it cannot work: %j', (step, problem) => {
    expect(() => tableSchema(jobSpec(parts({ ...byId, ...step })))).toThrow(
      expect.objectContaining({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });
});
