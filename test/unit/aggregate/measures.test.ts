import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileMeasure } from '../../../src/aggregate/measure.ts';
import { compileAggregate } from '../../../src/aggregate/compile-aggregate.ts';
import type { DataType } from '../../../src/model/table/table-schema.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import type { EngineSession } from '../../../src/engine/session.ts';
import { aggregateOutput, openEngine } from '../../support/aggregate-output.ts';
import { OutputLane } from '../../support/output-lane.ts';

/** The aggregates of one column of a key, each list of values a batch of its own. */
async function aggregatesOf(
  session: EngineSession,
  type: DataType,
  aggregates: Parameters<typeof aggregateOutput>[0]['aggregates'],
  ...batches: readonly (readonly string[])[]
): Promise<unknown> {
  const rows = struct(field('id', 'integer'), field('v', type));
  const output = compileAggregate(aggregateOutput({ aggregates, mode: 'update' }, rows), rows);
  const lane = new OutputLane({ session, output, rows, partitions: [0] });
  let offset = 0n;
  for (const values of batches) {
    await lane.commit([[values.map((value) => ({ partition: 0, offset: offset++, values: ['1', value] }))]]);
  }
  const [{ id: _id, ...found } = {}] = lane.tableRows;
  return found;
}

const nines = (digits: number): string => '9'.repeat(digits);

describe('a sum', () => {
  it('of long integers is a decimal that cannot overflow, and of others a long', async () => {
    const engine = await openEngine();
    const long = `${2n ** 63n - 1n}`;
    expect(await aggregatesOf(engine, 'long', { s: 'sum(v)', a: 'avg(v)' }, [long, long], [long])).toEqual({
      s: `${3n * (2n ** 63n - 1n)}`,
      a: 2 ** 63,
    });
    const integer = `${2n ** 31n - 1n}`;
    expect(await aggregatesOf(engine, 'integer', { s: 'sum(v)' }, [integer], [integer])).toEqual({ s: '4294967294' });
  });

  it('of decimals has ten digits more, or is null where it would have more than 38', async () => {
    const engine = await openEngine();
    const [small, wide] = [`${nines(8)}.99`, `${nines(33)}.${nines(5)}`];
    expect(await aggregatesOf(engine, 'decimal(10,2)', { s: 'sum(v)' }, [small, small], [small])).toEqual({
      s: '299999999.97',
    });
    const sums = { s: 'sum(v)', a: 'avg(v)' } as const;
    expect(await aggregatesOf(engine, 'decimal(38,5)', sums, [wide, wide], [`-${wide}`])).toEqual({
      s: wide,
      a: 1e33 / 3,
    });
    expect(await aggregatesOf(engine, 'decimal(38,5)', sums, [wide], [wide])).toEqual({ s: null, a: 1e33 });
    expect(await aggregatesOf(engine, 'decimal(38,5)', sums, ['-0.00001'], ['NULL'])).toEqual({
      s: '-0.00001',
      a: -0.00001,
    });
    expect(await aggregatesOf(engine, 'decimal(38,0)', { s: 'sum(v)' }, [nines(38), `-${nines(37)}`])).toEqual({
      s: `9${'0'.repeat(37)}`,
    });
    expect(await aggregatesOf(engine, 'decimal(38,38)', { s: 'sum(v)' }, ['0.1'], ['0.2'])).toEqual({
      s: `0.3${'0'.repeat(37)}`,
    });
  });

  it('is null where the type that the job gives it cannot hold it', async () => {
    const engine = await openEngine();
    const byte = { s: ['byte', 'sum(v)'], n: 'count(v)' } as const;
    expect(await aggregatesOf(engine, 'integer', byte, ['100'], ['27'])).toEqual({ s: 127, n: '2' });
    expect(await aggregatesOf(engine, 'integer', byte, ['100'], ['28'])).toEqual({ s: null, n: '2' });
  });

  it('of nothing is null, as all that is no count', async () => {
    const engine = await openEngine();
    const all = {
      ...{ n: 'count(v)', s: 'sum(v)', a: 'avg(v)', m: 'min(v)', f: 'first(v)', d: 'approx_count_distinct(v)' },
      ...{ q: 'approx_quantile(v, 0.5)', v: 'var_pop(v)' },
    };
    expect(await aggregatesOf(engine, 'double', all, ['NULL'], ['NULL'])).toEqual({
      ...{ n: '0', s: null, a: null, m: null, f: null, d: '0', q: null, v: null },
    });
  });
});

describe('deviation and variance', () => {
  const all = { sp: 'stddev_pop(v)', ss: 'stddev_samp(v)', vp: 'var_pop(v)', vs: 'var_samp(v)' } as const;

  it('lose nothing to a large mean', async () => {
    const found = await aggregatesOf(
      await openEngine(),
      'double',
      all,
      ['1e9 + 4', '1e9 + 7'],
      ['1e9 + 13'],
      ['1e9 + 16'],
    );
    expect(found).toEqual({ sp: Math.sqrt(22.5), ss: Math.sqrt(30), vp: 22.5, vs: 30 });
  });

  it('are NaN where a value has no square, and null where there are too few', async () => {
    const engine = await openEngine();
    const odd = { sp: 'NaN', ss: 'NaN', vp: 'NaN', vs: 'NaN' };
    expect(await aggregatesOf(engine, 'double', all, ['1', `'NaN'`], ['2'])).toEqual(odd);
    expect(await aggregatesOf(engine, 'double', all, ['1e200'], ['2'])).toEqual(odd);
    expect(await aggregatesOf(engine, 'double', all, [`'Infinity'`, '1', '2'])).toEqual(odd);
    expect(await aggregatesOf(engine, 'double', all, ['5'], ['NULL'])).toEqual({ sp: 0, ss: null, vp: 0, vs: null });
  });
});

describe('sketches', () => {
  const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i));

  it('count different values exactly up to a thousand, and within a few percent beyond', async () => {
    const engine = await openEngine();
    const distinct = { d: 'approx_count_distinct(v)' };
    expect(await aggregatesOf(engine, 'long', distinct, numbers(700), numbers(700, 323))).toEqual({ d: '1023' });
    const found = await aggregatesOf(engine, 'long', distinct, numbers(6000), numbers(6000, 4000));
    // The standard error is 3.1 %.
    expect(Math.abs(Number((found as { d: string }).d) / 10_000 - 1)).toBeLessThan(0.1);
    expect(await aggregatesOf(engine, 'long', distinct, numbers(10_000))).toEqual(found);
  });

  it('give quantiles within a percent of the value at that rank, whatever the sizes of values', async () => {
    const engine = await openEngine();
    const values = Array.from({ length: 999 }, (_, i) => (i - 499) ** 7 / 1e6);
    const shuffled = values.map((_, i) => values[(i * 400) % 999] ?? 0);
    const quantiles = [0, 0.01, 0.25, 0.5, 0.75, 0.999, 1];
    const aggregates = Object.fromEntries(quantiles.map((q, i) => [`q${i}`, `approx_quantile(v, ${q})`]));
    const literals = shuffled.map((value) => `${value}e0`);
    const found = await aggregatesOf(engine, 'double', aggregates, literals.slice(0, 300), literals.slice(300));
    for (const [i, q] of quantiles.entries()) {
      const exact = values[Math.floor(q * 998)] ?? 0;
      const estimate = Number((found as Record<string, number>)[`q${i}`]);
      expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.01 * (1 + 1e-9));
    }
  });

  it('know the smallest and the largest doubles, infinities and NaN', async () => {
    const engine = await openEngine();
    const quantiles = Object.fromEntries(
      [0, 0.2, 0.4, 0.6, 0.8, 1].map((q, i) => [`q${i}`, `approx_quantile(v, ${q})`]),
    );
    const given = [`'NaN'`, `'-Infinity'`, '0', '1.7976931348623157e308', `'Infinity'`, '-5e-324'];
    const found = await aggregatesOf(engine, 'double', quantiles, given.slice(0, 2), given.slice(2));
    expect(found).toMatchObject({ q0: '-Infinity', q2: 0, q4: 'Infinity', q5: 'NaN' });
    const { q1, q3 } = found as { q1: number; q3: number };
    expect(q1).toBeLessThan(0);
    expect(q3 / Number.MAX_VALUE).toBeCloseTo(1, 1);
  });
});

describe('hashes of values', () => {
  it('are what they have been, since state has them', async () => {
    const { algebra } = compileMeasure({ name: 'd', type: 'long', function: 'approx_count_distinct', input: 'v' }, [
      field('v', 'string'),
    ]);
    const hashes = algebra.partial('v', ['0', '0', '0']);
    const [[found] = []] = await (
      await openEngine()
    ).rows(`SELECT ${hashes} FROM (VALUES ('abc'), ('')) AS t(v)`, 'hash');
    const lastBytes = ['abc', ''].map((text) => createHash('md5').update(text).digest().readBigUInt64LE(8));
    expect(found).toEqual(lastBytes.map(String));
  });
});

describe('first and last', () => {
  it('take values of any type, and nulls as well', async () => {
    const type = struct(field('x', 'string'), field('y', { type: 'array', elementType: 'long', containsNull: true }));
    const aggregates = { f: 'first(v)', l: 'last(v)' };
    const found = await aggregatesOf(await openEngine(), type, aggregates, [`{'x': 'a', 'y': [1, NULL]}`], ['NULL']);
    expect(found).toEqual({ f: { x: 'a', y: ['1', null] }, l: null });
  });
});
