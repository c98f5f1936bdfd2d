import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileAggregate } from '../../../src/aggregate/compile-aggregate.ts';
import { EngineSession } from '../../../src/engine/session.ts';
import { parseAggregateText } from '../../../src/model/aggregate-text.ts';
import { inferAggregateType, plainColumn } from '../../../src/model/aggregate-type.ts';
import type { AggregateColumn, AggregateOutput, WindowShape } from '../../../src/model/output-spec.ts';
import { field, struct, type DataType } from '../../../src/model/table-schema.ts';
import { OutputLane, type LaneRow } from '../../support/output-lane.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const rows = struct(field('id', 'string'), field('ts', 'timestamp'), field('value', 'double'), field('n', 'long'));

/** `text`, or a type and a text. */
function aggregates(given: Readonly<Record<string, string | readonly [DataType, string]>>): AggregateColumn[] {
  return Object.entries(given).map(([name, written]) => {
    const [type, text] = typeof written === 'string' ? [undefined, written] : written;
    const parsed = parseAggregateText(text);
    if (!parsed.ok) throw new Error(parsed.expected);
    const column = parsed.value.input === undefined ? undefined : plainColumn(parsed.value.input, rows.fields);
    const inferred = inferAggregateType(parsed.value.function, column?.type);
    if (type !== undefined) return { name, type, ...parsed.value };
    if (inferred.kind !== 'known') throw new Error(`the type of ${text} must be given`);
    return { name, type: inferred.type, ...parsed.value };
  });
}

interface Parts {
  readonly shape?: WindowShape;
  readonly delayMs?: number;
  readonly groupBy?: readonly string[];
  readonly aggregates: Parameters<typeof aggregates>[0];
  readonly mode?: 'append' | 'update';
}

function outputOf({
  shape,
  delayMs = 0,
  groupBy = ['id'],
  aggregates: given,
  mode = 'append',
}: Parts): AggregateOutput {
  return {
    kind: 'aggregate',
    name: 'sums',
    path: '/nowhere',
    partitionBy: [],
    properties: {},
    targetFileSizeBytes: 1 << 27,
    ...(shape === undefined ? {} : { window: { shape, eventTime: 'ts', delayMs, idleAfterMs: 0, late: 'drop' } }),
    groupBy,
    aggregates: aggregates(given),
    mode,
  };
}

async function openLane(parts: Parts, partitions: readonly number[] = [0]): Promise<OutputLane> {
  const folder = join(await scratchFolder(), 'engine');
  const session = await EngineSession.open({ folder, memoryLimitBytes: 256 << 20 });
  onTestFinished(() => session[Symbol.asyncDispose]());
  return new OutputLane({
    session,
    output: compileAggregate(outputOf(parts), rows),
    rows,
    partitions,
    delayUs: BigInt(parts.delayMs ?? 0) * 1000n,
    attempts: 2,
  });
}

type Given = readonly [id: string | null, seconds: number | null, value: number | null, n?: bigint | null];

/** Rows of one topic partition from `offset` on. */
function rowsOf(given: readonly Given[], offset = 0, partition = 0): LaneRow[] {
  return given.map(([id, seconds, value, n = null], position) => ({
    partition,
    offset: BigInt(offset + position),
    values: [
      id === null ? 'NULL' : `'${id}'`,
      seconds === null ? 'NULL' : `make_timestamptz(CAST(${seconds * 1_000_000} AS BIGINT))`,
      value === null ? 'NULL' : `CAST('${value}' AS DOUBLE)`,
      n === null ? 'NULL' : `${n}`,
    ],
  }));
}

const tumbling: WindowShape = { kind: 'tumbling', sizeMs: 10_000 };

describe('a window that tumbles', () => {
  it('gives a row once, when the watermark has passed its end', async () => {
    const lane = await openLane({
      shape: tumbling,
      aggregates: { readings: 'count(*)', total: 'sum(n)', mean: 'avg(value)', low: 'min(value)', high: 'max(value)' },
    });
    await lane.commit([
      [
        rowsOf([
          ['a', 1, 1.5, 4n],
          ['a', 9, 2.5, null],
          ['b', 9.999999, null, null],
        ]),
      ],
    ]);
    expect(lane.tableRows).toEqual([]);
    expect(lane.head.open).toBe(2);
    await lane.commit([[rowsOf([['a', 10, 7, 1n]], 3)]]);
    expect(lane.tableRows).toEqual([
      {
        window_start: '1970-01-01 00:00:00+00',
        window_end: '1970-01-01 00:00:10+00',
        id: 'a',
        readings: '2',
        total: '4',
        mean: 2,
        low: 1.5,
        high: 2.5,
      },
      {
        window_start: '1970-01-01 00:00:00+00',
        window_end: '1970-01-01 00:00:10+00',
        id: 'b',
        readings: '1',
        total: null,
        mean: null,
        low: null,
        high: null,
      },
    ]);
    expect(lane.head.open).toBe(1);
  });
});
