import { expect, test } from 'vitest';
import { compileAggregate } from '../../../../src/aggregate/compile-aggregate.ts';
import { compileChanges } from '../../../../src/aggregate/compile-changes.ts';
import type { CompiledOutput } from '../../../../src/aggregate/compiled-output.ts';
import { noOutputCounts } from '../../../../src/model/outputs/output-batch.ts';
import type { ChangesOutput, MergeOutput, OutputSpec } from '../../../../src/model/outputs/output-spec.ts';
import { aggregateOutput, openEngine, readingRows, readings, type Reading } from '../../../support/aggregate-output.ts';
import { OutputLane, type LaneRow } from '../../../support/output-lane.ts';
import { proveOutput, withCoordinates, withPlace, type LaneToProve } from '../../../support/proven-output.ts';

const given: readonly Reading[] = [
  ['a', 1, 1.5, 1n],
  ['b', 2, 2.5, 2n],
  ['a', 3, Number.NaN, null],
  ['a', 13, 0.1, 4n],
  // Late: a record before it has closed the window that ends at 10.
  ['b', 4, 8, 8n],
  [null, 21, 0.2, 16n],
  ['a', 22, 0.3, 32n],
  ['a', null, 4, 64n],
  ['c', 40, 5, 128n],
];
const rows = readingRows(given).map(withPlace);
const schema = withCoordinates(readings);

const aggregates = {
  n: 'count(*)',
  total: 'sum(n)',
  mean: 'avg(value)',
  newest: 'last(n)',
  different: 'approx_count_distinct(n)',
  median: 'approx_quantile(n, 0.5)',
  spread: 'stddev_pop(n)',
};
const tumbling = { kind: 'tumbling', sizeMs: 10_000 } as const;
const target = { path: '/nowhere', partitionBy: [], properties: {}, targetFileSizeBytes: 1 << 27 };
const changed: ChangesOutput = { ...target, kind: 'changes', name: 'changed', key: ['id'], of: ['n'] };
const current: MergeOutput = {
  ...target,
  kind: 'merge',
  name: 'current',
  key: ['id'],
  orderBy: 'n',
  deleteWhen: 'n = 128',
};

/** An output that took all rows in batches of three. */
async function made(output: OutputSpec, compiled: CompiledOutput): Promise<LaneToProve> {
  const lane = new OutputLane({ session: await openEngine(), output: compiled, rows: schema, partitions: [0] });
  for (let at = 0; at < rows.length; at += 3) await lane.commit([[rows.slice(at, at + 3)]]);
  return { output, rowsSchema: schema, outputSchema: compiled.schema, rows, lane };
}

const aggregated = (parts: Partial<Parameters<typeof aggregateOutput>[0]>): Promise<LaneToProve> => {
  const output = aggregateOutput({ aggregates, ...parts }, schema);
  return made(output, compileAggregate(output, schema));
};

/** Of each key the row that holds, as it has to be: c is deleted. */
function merged(): LaneToProve {
  const rowOf = (offset: number): Readonly<Record<string, unknown>> => {
    const [id, seconds, value, n] = given[offset] ?? [null, null];
    const ts = seconds === null ? null : new Date(seconds * 1000).toISOString();
    return { id, ts, value, n, _kafka_partition: 0, _kafka_offset: offset, _kafka_timestamp: null };
  };
  const taken = [{ partition: 0, startOffset: 0n, endOffset: 9n, lateness: undefined }];
  const lane = { taken, counts: { ...noOutputCounts, taken: 8, nullKey: 1 }, tableRows: [rowOf(7), rowOf(4)], head };
  return { output: current, rowsSchema: schema, outputSchema: schema, rows, lane };
}
const head = { closedThroughUs: undefined };

interface Kind {
  readonly name: string;
  readonly make: () => Promise<LaneToProve>;
  readonly expectedRows: number;
  /** A value to be made wrong, and how it is told. */
  readonly wrong: { readonly column: string; readonly value: unknown };
}

const kinds: readonly Kind[] = [
  {
    name: 'final windows',
    make: () => aggregated({ shape: tumbling, mode: 'append' }),
    expectedRows: 5,
    wrong: { column: 'newest', value: '77' },
  },
  {
    name: 'windows that are kept up to date',
    make: () => aggregated({ shape: { kind: 'hopping', sizeMs: 20_000, slideMs: 5000 }, mode: 'update' }),
    expectedRows: 20,
    wrong: { column: 'median', value: 1e6 },
  },
  {
    name: 'sessions',
    make: () => aggregated({ shape: { kind: 'session', gapMs: 5000 }, mode: 'update' }),
    expectedRows: 6,
    wrong: { column: 'window_end', value: '1971-01-01 00:00:00+00' },
  },
  {
    name: 'aggregates of keys',
    make: () => aggregated({ mode: 'update' }),
    expectedRows: 4,
    wrong: { column: 'spread', value: 0.25 },
  },
  {
    name: 'changes',
    make: () => made(changed, compileChanges(changed, schema)),
    expectedRows: 9,
    wrong: { column: 'previous_n', value: '77' },
  },
  {
    name: 'newest rows',
    make: () => Promise.resolve(merged()),
    expectedRows: 2,
    wrong: { column: 'value', value: 77 },
  },
];

test.each(kinds)('$name that are as the rows make them are proven', async ({ make, expectedRows }) => {
  const lane = await make();
  const proof = await proveOutput(lane);
  expect(proof).toMatchObject({ told: [], differences: 0, doubtful: 0, rows: expectedRows, expectedRows });
  expect({ aheadOfTime: 0, ...lane.lane.counts }).toMatchObject(proof.counts);
});

test.each(kinds)('of $name a row that is there twice, lost or wrong is found and named', async ({ make, wrong }) => {
  const lane = await make();
  const kindsFound = async (damage: Parameters<typeof proveOutput>[1]): Promise<readonly string[]> =>
    (await proveOutput(lane, damage)).told.map(({ kind }) => kind);
  expect(await kindsFound(([first = {}, ...others]) => [first, first, ...others])).toEqual(['outputRowDoubled']);
  expect(await kindsFound(([, ...others]) => others)).toEqual(['outputRowMissing']);
  const { told } = await proveOutput(lane, ([first = {}, ...others]) => [
    { ...first, [wrong.column]: wrong.value },
    ...others,
  ]);
  if (wrong.column === 'window_end')
    expect(told.map(({ kind }) => kind)).toEqual(['outputRowMissing', 'outputRowUnexpected']);
  else {
    expect(told).toMatchObject([
      { kind: 'outputRowWrong', found: expect.stringMatching(`${wrong.column} `) as string },
    ]);
  }
});

test('a row is named by its key, and what differs by its column', async () => {
  const lane = await aggregated({ mode: 'update' });
  const { told } = await proveOutput(lane, (held) =>
    held.map((row) => (row['id'] === 'b' ? { ...row, n: '3', total: '11' } : row)),
  );
  expect(told).toEqual([{ kind: 'outputRowWrong', row: 'id b', expected: 'n 2, total 10', found: 'n 3, total 11' }]);
});

test('the last digits of doubles, and what approximate functions may be off by, are no difference', async () => {
  const lane = await aggregated({ mode: 'update' });
  const off = (factor: number) => (held: readonly Readonly<Record<string, unknown>>[]) =>
    held.map((row) => ({ ...row, median: Number(row['median']) * factor }));
  expect(await proveOutput(lane, off(1.0001))).toMatchObject({ differences: 0 });
  expect(await proveOutput(lane, off(1.03))).toMatchObject({ differences: 4 });
});

test('of a key that is in several topic partitions nobody can tell which record is the newest', async () => {
  const lane = merged();
  const elsewhere: LaneRow = { partition: 1, offset: 0n, values: ["'b'", 'NULL', 'NULL', '64', '1', '0', 'NULL'] };
  const further = { partition: 1, startOffset: 0n, endOffset: 1n, lateness: undefined };
  const both: LaneToProve = {
    ...lane,
    rows: [...rows, elsewhere],
    lane: { ...lane.lane, taken: [...lane.lane.taken, further] },
  };
  expect(await proveOutput(both)).toMatchObject({ differences: 0, doubtful: 1, told: [] });
});
