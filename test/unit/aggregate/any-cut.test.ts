import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileAggregate } from '../../../src/aggregate/compile-aggregate.ts';
import { EngineSession } from '../../../src/engine/session.ts';
import { parseAggregateText } from '../../../src/model/outputs/aggregate-text.ts';
import type { AggregateOutput, WindowShape } from '../../../src/model/outputs/output-spec.ts';
import { quoteLiteral } from '../../../src/model/pipeline/sql-text.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { OutputLane, type Batch } from '../../support/output-lane.ts';
import { proveOutput } from '../../support/proven-output.ts';
import { propertyRuns, propertyTimeoutMs } from '../../support/property/property-runs.ts';
import {
  referenceWindows,
  textOf,
  type GivenRow,
  type WindowContent,
} from '../../support/property/reference-aggregates.ts';
import {
  decimalText,
  referenceMeasures,
  type Comparison,
  type ReferenceMeasure,
} from '../../support/property/reference-measures.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const schema = struct(
  field('k', 'string'),
  field('t', 'timestamp'),
  field('n', 'long'),
  field('d', 'decimal(10,2)'),
  field('w', 'decimal(38,5)'),
  field('x', 'double'),
  field('b', 'boolean'),
);

/** A row, and where it is cut from the one before it. */
interface CutRow {
  readonly row: Omit<GivenRow, 'partition' | 'offset'>;
  readonly beginsBatch: boolean;
  readonly beginsSlice: boolean;
  readonly skippedOffsets: number;
}

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null, freq: 5 });
const long = 2n ** 63n;
const wide = 10n ** 38n - 1n;

const cutRow: fc.Arbitrary<CutRow> = fc.record({
  row: fc.record({
    timestampMs: fc.oneof(fc.constant(-1n), fc.bigInt({ min: 0n, max: 45_000n })),
    k: orNull(fc.constantFrom('', 'a', 'A', `a'b`, 'x"y', 'ü\u{1f600}', 'z\0', 'null', ' a')),
    t: orNull(
      fc
        .tuple(fc.integer({ min: -25, max: 45 }), fc.constantFrom(0, 0, 0, -1, 1))
        .map(([seconds, micros]) => BigInt(seconds) * 1_000_000n + BigInt(micros)),
    ),
    n: orNull(fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.constantFrom(long - 1n, -long))),
    d: orNull(fc.oneof(fc.bigInt({ min: -999n, max: 999n }), fc.constant(10n ** 10n - 1n))),
    w: orNull(fc.oneof(fc.bigInt({ min: -99n, max: 99n }), fc.constantFrom(wide, -wide, wide / 3n))),
    x: orNull(
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((quarters) => quarters / 4) },
        { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 1e-300) },
      ),
    ),
    b: orNull(fc.boolean()),
  }),
  beginsBatch: fc.boolean(),
  beginsSlice: fc.boolean(),
  skippedOffsets: fc.integer({ min: 0, max: 2 }),
});

const shapes: fc.Arbitrary<WindowShape | undefined> = fc.constantFrom<WindowShape | undefined>(
  undefined,
  { kind: 'tumbling', sizeMs: 10_000 },
  { kind: 'hopping', sizeMs: 10_000, slideMs: 5000 },
  { kind: 'hopping', sizeMs: 10_000, slideMs: 4000 },
  { kind: 'session', gapMs: 4000 },
);

const cases = fc.record({
  topicPartitions: fc.array(fc.array(cutRow, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 3 }),
  /** Do two topic partitions share a group? */
  together: fc.boolean(),
  shape: shapes,
  delayUs: fc.constantFrom(0n, 3_000_000n, 20_000_000n),
  maxAheadMs: fc.constantFrom(undefined, 0n, 5000n, 30_000n),
  groupBy: fc.constantFrom<readonly ('k' | 'd' | 'x')[]>(['k'], ['k'], [], ['x', 'd']),
  mode: fc.constantFrom<'append' | 'update'>('append', 'update'),
  attempts: fc.constantFrom(1, 2),
  /** Does each batch begin with the rows of the one before? */
  overlaps: fc.boolean(),
  measures: fc.subarray(Object.keys(referenceMeasures), { minLength: 1, maxLength: 6 }),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

describe('an output that aggregates', () => {
  it(
    'has the rows that row-by-row reckoning gives, however its input is cut, and however often a batch is tried',
    { timeout: propertyTimeoutMs },
    async () => {
      const folder = join(await scratchFolder(), 'engine');
      const session = await EngineSession.open({ folder, memoryLimitBytes: 256 << 20 });
      onTestFinished(() => session[Symbol.asyncDispose]());
      await fc.assert(
        fc.asyncProperty(cases, async (given) => {
          const isRunning = given.shape === undefined;
          const groupBy = isRunning && given.groupBy.length === 0 ? (['k'] as const) : given.groupBy;
          const mode = isRunning ? 'update' : given.mode;
          await check(session, { ...given, groupBy, mode });
        }),
        propertyRuns(24),
      );
    },
  );
});

async function check(session: EngineSession, given: Case): Promise<void> {
  const { shape, delayUs, maxAheadMs, groupBy, mode, attempts } = given;
  const partitions = given.topicPartitions.map(placeRows);
  const key = (row: GivenRow): readonly unknown[] => groupBy.map((name) => keyOf(row, name));
  const expected = referenceWindows(
    partitions.map((rows) => rows.map(({ row }) => row)),
    { shape, delayUs, maxAheadMs, key },
  );
  const contents = mode === 'append' ? expected.final : expected.all;
  const output = compileAggregate(outputOf(given), schema);
  const names = partitions.map((_, partition) => partition);
  const lane = new OutputLane({ session, output, rows: schema, partitions: names, delayUs, attempts });
  const batches = batchesOf(partitions, given.together);
  for (const [position, batch] of batches.entries()) {
    const before = given.overlaps ? (batches[position - 1] ?? []) : [];
    // A topic partition is in one group.
    const again = batch.map((group) => [before.flat(2).filter(({ partition }) => isIn(group, partition)), ...group]);
    await lane.commit(again);
  }
  const { taken, late, nullEventTime, aheadOfTime = 0 } = lane.counts;
  expect({ taken, late, nullEventTime, aheadOfTime }).toEqual({
    taken: partitions.flat().length - expected.late - expected.nullEventTime,
    late: expected.late,
    nullEventTime: expected.nullEventTime,
    aheadOfTime: expected.aheadOfTime,
  });
  expect(lane.late).toHaveLength(expected.late);
  expect(lane.head.open).toBe(expected.all.length - expected.final.length);
  const rows = new Map(lane.tableRows.map((row) => [identityOf(row, groupBy, shape), row]));
  expect([...rows.keys()].toSorted()).toEqual(contents.map((content) => contentIdentity(content)).toSorted());
  for (const content of contents) expectSame(rows.get(contentIdentity(content)), content, measuresOf(given));
  const proof = await proveOutput({
    output: outputOf(given),
    rowsSchema: schema,
    outputSchema: output.schema,
    rows: batches.flat(3),
    lane,
  });
  expect(proof).toMatchObject({ told: [], differences: 0, expectedRows: contents.length, counts: lane.counts });
}

function placeRows(rows: readonly CutRow[], partition: number): readonly (CutRow & { readonly row: GivenRow })[] {
  let offset = 0n;
  return rows.map((cut) => {
    offset += BigInt(cut.skippedOffsets) + 1n;
    return { ...cut, row: { ...cut.row, partition, offset } };
  });
}

type PlacedRows = ReturnType<typeof placeRows>;

/** The n-th batch of each topic partition is in the n-th batch. */
function batchesOf(partitions: readonly PlacedRows[], together: boolean): Batch[] {
  const cuts = partitions.map((rows) => cutAt(rows, 'beginsBatch'));
  const count = Math.max(...cuts.map(({ length }) => length));
  return Array.from({ length: count }, (_, batch) => {
    const slices = cuts.flatMap((cut) => {
      const rows = cut[batch];
      return rows === undefined ? [] : [cutAt(rows, 'beginsSlice').map((slice) => slice.map(laneRow))];
    });
    const [first = [], second, ...others] = slices;
    if (!together || second === undefined) return slices;
    const joined = Array.from({ length: Math.max(first.length, second.length) }, (_slice, at) => [
      ...(second[at] ?? []),
      ...(first[at] ?? []),
    ]);
    return [joined, ...others];
  });
}

function isIn(group: Batch[number], topicPartition: number): boolean {
  return group.flat().some(({ partition }) => partition === topicPartition);
}

function cutAt(rows: PlacedRows, where: 'beginsBatch' | 'beginsSlice'): PlacedRows[] {
  const pieces: PlacedRows[number][][] = [];
  for (const row of rows) {
    const piece = pieces.at(-1);
    if (piece === undefined || row[where]) pieces.push([row]);
    else piece.push(row);
  }
  return pieces;
}

function laneRow({
  row: { partition, offset, timestampMs, k, t, n, d, w, x, b },
}: PlacedRows[number]): Batch[number][number][number] {
  const decimal = (value: bigint | null, scale: number, type: string): string =>
    value === null ? 'NULL' : `CAST('${decimalText(value, scale)}' AS ${type})`;
  return {
    partition,
    offset,
    timestampMs,
    values: [
      k === null ? 'NULL' : quoteLiteral(k),
      t === null ? 'NULL' : `make_timestamptz(CAST('${t}' AS BIGINT))`,
      n === null ? 'NULL' : `CAST('${n}' AS BIGINT)`,
      decimal(d, 2, 'DECIMAL(10,2)'),
      decimal(w, 5, 'DECIMAL(38,5)'),
      x === null ? 'NULL' : `CAST('${Object.is(x, -0) ? '-0' : x}' AS DOUBLE)`,
      b === null ? 'NULL' : String(b),
    ],
  };
}

function outputOf({ shape, delayUs, maxAheadMs, groupBy, mode, measures }: Case): AggregateOutput {
  return {
    kind: 'aggregate',
    name: 'sums',
    path: '/nowhere',
    partitionBy: [],
    properties: {},
    targetFileSizeBytes: 1 << 27,
    ...(shape && {
      window: {
        shape,
        eventTime: 't',
        delayMs: Number(delayUs / 1000n),
        idleAfterMs: 0,
        late: 'deadLetter',
        ...(maxAheadMs === undefined ? {} : { maxAheadMs: Number(maxAheadMs) }),
      },
    }),
    groupBy,
    aggregates: measuresOf({ measures }).map(([name, { text, type }]) => {
      const parsed = parseAggregateText(text);
      if (!parsed.ok) throw new Error(parsed.expected);
      return { name, type, ...parsed.value };
    }),
    mode,
  };
}

/** As the table has it. */
function keyOf(row: GivenRow, name: 'k' | 'd' | 'x'): unknown {
  const value = row[name];
  return typeof value === 'bigint' ? decimalText(value, 2) : value;
}

function identityOf(
  row: Readonly<Record<string, unknown>>,
  groupBy: readonly string[],
  shape: WindowShape | undefined,
): string {
  const window = shape === undefined ? '' : `${microsOf(row['window_start'])}-${microsOf(row['window_end'])}`;
  return `${window} ${textOf(groupBy.map((name) => row[name]))}`;
}

function contentIdentity({ start, end, key }: WindowContent): string {
  return `${start === undefined ? '' : `${start}-${end}`} ${textOf(key)}`;
}

function microsOf(text: unknown): bigint {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?\+00$/.exec(String(text)) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

function measuresOf({ measures }: Pick<Case, 'measures'>): readonly (readonly [string, ReferenceMeasure])[] {
  return Object.entries(referenceMeasures).filter(([name]) => measures.includes(name));
}

function expectSame(
  row: Readonly<Record<string, unknown>> | undefined,
  { rows }: WindowContent,
  measures: readonly (readonly [string, ReferenceMeasure])[],
): void {
  for (const [name, { value, comparison }] of measures) {
    expectClose(row?.[name], value(rows), comparison, name);
  }
}

function expectClose(found: unknown, expected: unknown, comparison: Comparison, name: string): void {
  if (comparison === 'same' || typeof expected !== 'number' || typeof found !== 'number') {
    expect(found, name).toEqual(expected);
    return;
  }
  const relativeError = comparison === 'rounded' ? 1e-9 : comparison.relativeError * (1 + 1e-9);
  expect(Math.abs(found - expected), name).toBeLessThanOrEqual(Math.max(1e-9, Math.abs(expected)) * relativeError);
}
