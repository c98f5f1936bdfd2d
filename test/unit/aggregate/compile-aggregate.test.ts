import { describe, expect, it } from 'vitest';
import { compileAggregate } from '../../../src/aggregate/compile-aggregate.ts';
import type { WindowShape } from '../../../src/model/outputs/output-spec.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import {
  aggregateOutput,
  openAggregateLane,
  openEngine,
  readingRows,
  readings,
  type OutputParts,
} from '../../support/aggregate-output.ts';
import { OutputLane } from '../../support/output-lane.ts';

const tumbling: WindowShape = { kind: 'tumbling', sizeMs: 10_000 };
const hopping: WindowShape = { kind: 'hopping', sizeMs: 10_000, slideMs: 5000 };
const session: WindowShape = { kind: 'session', gapMs: 10_000 };

/** Each row as start, end, key and the first aggregate, times in seconds of the day. */
function brief(lane: OutputLane): unknown[] {
  const seconds = (text: unknown): string => String(text).slice(11, -3);
  return lane.tableRows
    .map((row) => {
      const { window_start: start, window_end: end, ...others } = row;
      return [...(start === undefined ? [] : [seconds(start), seconds(end)]), ...Object.values(others)].join(' ');
    })
    .toSorted();
}

describe('a window that tumbles', () => {
  it('gives a row once, when the watermark has passed its end', async () => {
    const lane = await openAggregateLane({
      shape: tumbling,
      aggregates: { readings: 'count(*)', total: 'sum(n)', mean: 'avg(value)', low: 'min(value)', high: 'max(value)' },
    });
    await lane.commit([
      [
        readingRows([
          ['a', 1, 1.5, 4n],
          ['a', 9, 2.5, null],
          ['b', 9.999999],
        ]),
      ],
    ]);
    expect(lane.tableRows).toEqual([]);
    expect(lane.head.open).toBe(2);
    await lane.commit([[readingRows([['a', 10, 7, 1n]], 3)]]);
    const window = { window_start: '1970-01-01 00:00:00+00', window_end: '1970-01-01 00:00:10+00' };
    expect(lane.tableRows).toEqual([
      { ...window, id: 'a', readings: '2', total: '4', mean: 2, low: 1.5, high: 2.5 },
      { ...window, id: 'b', readings: '1', total: null, mean: null, low: null, high: null },
    ]);
    expect(lane.head.open).toBe(1);
  });

  it('has its end as the start of the next, before 1970 as after it', async () => {
    const lane = await openAggregateLane({ shape: tumbling, aggregates: { readings: 'count(*)' }, mode: 'update' });
    await lane.commit([
      [
        readingRows([
          ['a', -10.000001],
          ['a', -10],
          ['a', -0.000001],
          ['a', 0],
          ['a', 9.999999],
          ['a', 10],
        ]),
      ],
    ]);
    expect(brief(lane)).toEqual([
      '00:00:00 00:00:10 a 2',
      '00:00:10 00:00:20 a 1',
      '23:59:40 23:59:50 a 1',
      '23:59:50 00:00:00 a 2',
    ]);
  });

  it('is closed by a watermark that is its end: what comes then is late, and named', async () => {
    const lane = await openAggregateLane({ shape: tumbling, delayMs: 2000, aggregates: { readings: 'count(*)' } });
    await lane.commit([
      [
        readingRows([
          ['a', 11.999999],
          ['a', 9],
          ['b', 12],
          ['b', 9],
        ]),
      ],
    ]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:10 a 1']);
    expect(lane.counts).toEqual({ taken: 3, late: 1, nullEventTime: 0, nullKey: 0 });
    expect(lane.late).toEqual([
      [
        0,
        '3',
        'late for sums: event time 1970-01-01T00:00:09Z, watermark 1970-01-01T00:00:10Z; ' +
          'missed the window [1970-01-01T00:00:00Z, 1970-01-01T00:00:10Z)',
      ],
    ]);
  });

  it.each<[shape: WindowShape, missed: string]>([
    [
      { kind: 'hopping', sizeMs: 10_000, slideMs: 4000 },
      'the windows from [1969-12-31T23:59:52Z, 1970-01-01T00:00:02Z) to [1970-01-01T00:00:00Z, 1970-01-01T00:00:10Z)',
    ],
    [{ kind: 'session', gapMs: 5000 }, 'the window [1970-01-01T00:00:01.5Z, 1970-01-01T00:00:06.5Z)'],
  ])('of the shape %o is named to a record that comes too late', async (shape, missed) => {
    const lane = await openAggregateLane({ shape, aggregates: { readings: 'count(*)' } });
    await lane.commit([
      [
        readingRows([
          ['a', 30],
          ['a', 1.5],
        ]),
      ],
    ]);
    expect(lane.late).toEqual([[0, '1', expect.stringContaining(`; missed ${missed}`)]]);
  });

  it('is not closed by an event time that is too far ahead of its own timestamp in Kafka, which is in its window', async () => {
    const lane = await openAggregateLane({ shape: tumbling, maxAheadMs: 5000, aggregates: { readings: 'count(*)' } });
    const given: [id: string, seconds: number, timestampMs: bigint][] = [
      ['a', 1, 1000n],
      ['x', 1006.001, 1001n], // after the year 1970 began, by a device that thinks it is later
      ['a', 2, -1n], // of a producer without timestamps
      ['a', 12, 7000n],
      ['a', 3, 7001n],
    ];
    await lane.commit([
      [
        given.map(([id, seconds, timestampMs], position) => {
          const [row] = readingRows([[id, seconds]], position);
          if (!row) throw new Error('there is no row');
          return { ...row, timestampMs };
        }),
      ],
    ]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:10 a 2']);
    expect(lane.counts).toEqual({ taken: 4, late: 1, nullEventTime: 0, nullKey: 0, aheadOfTime: 1 });
    expect(lane.head).toMatchObject({ open: 2, greatestEventTimeUs: new Map([[0, 12_000_000n]]) });
  });

  it('is held open by the topic partition that is furthest behind', async () => {
    const lane = await openAggregateLane({ shape: tumbling, aggregates: { readings: 'count(*)' } }, [0, 1]);
    await lane.commit([[readingRows([['a', 25]])]]);
    await lane.commit([[readingRows([['a', 3]], 0, 1)], [readingRows([['a', 26]], 1)]]);
    expect(brief(lane)).toEqual([]);
    expect(lane.counts.late).toBe(0);
    await lane.commit([[readingRows([['a', 10]], 1, 1)]]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:10 a 1']);
  });

  it('has no row without an event time, or with an endless one', async () => {
    const lane = await openAggregateLane({ shape: tumbling, aggregates: { readings: 'count(*)' }, mode: 'update' });
    const endless = readingRows([['a', 0]], 1).map((row) => ({
      ...row,
      values: ["'a'", "TIMESTAMPTZ 'infinity'", 'NULL', 'NULL'],
    }));
    await lane.commit([[[...readingRows([['a', null]]), ...endless, ...readingRows([['a', 1]], 2)]]]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:10 a 1']);
    expect(lane.counts).toEqual({ taken: 1, late: 0, nullEventTime: 2, nullKey: 0 });
  });

  it('is closed by a batch without rows as well', async () => {
    const lane = await openAggregateLane({ shape: tumbling, aggregates: { readings: 'count(*)' } });
    await lane.commit([[readingRows([['a', 1]])]]);
    lane.closeThrough(10_000_000n);
    await lane.commit([]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:10 a 1']);
    expect(lane.head).toMatchObject({ open: 0, stateFiles: [] });
    await lane.commit([
      [
        readingRows(
          [
            ['a', 9],
            ['b', null],
          ],
          1,
        ),
      ],
    ]);
    expect(lane.counts).toEqual({ taken: 1, late: 1, nullEventTime: 1, nullKey: 0 });
    expect(brief(lane)).toHaveLength(1);
  });
});

describe('a window that hops', () => {
  it('overlaps with others; a record is in those that are still open for it', async () => {
    const lane = await openAggregateLane({ shape: hopping, aggregates: { readings: 'count(*)' }, mode: 'update' });
    await lane.commit([
      [
        readingRows([
          ['a', 10],
          ['b', 7],
          ['c', 4.999999],
        ]),
      ],
    ]);
    expect(brief(lane)).toEqual(['00:00:05 00:00:15 a 1', '00:00:05 00:00:15 b 1', '00:00:10 00:00:20 a 1']);
    expect(lane.counts).toEqual({ taken: 2, late: 1, nullEventTime: 0, nullKey: 0 });
  });

  it('may overlap with a thousand others, and not with more', async () => {
    const shape = { kind: 'hopping', sizeMs: 1000, slideMs: 1 } as const;
    const lane = await openAggregateLane({ shape, aggregates: { readings: 'count(*)' }, mode: 'update' });
    await lane.commit([[readingRows([['a', 5]])]]);
    expect(lane.tableRows).toHaveLength(1000);
    const tooMany = aggregateOutput({ shape: { ...shape, sizeMs: 1001 }, aggregates: { readings: 'count(*)' } });
    expect(() => compileAggregate(tooMany, readings)).toThrow('a row would be in more than 1000 windows');
  });
});

describe('a session', () => {
  it('goes on when a record comes at its end, and is final a gap after it', async () => {
    const lane = await openAggregateLane({ shape: session, aggregates: { readings: 'count(*)' } });
    await lane.commit([
      [
        readingRows([
          ['a', 0],
          ['a', 10],
          ['a', 20.000001],
        ]),
      ],
    ]);
    expect(brief(lane)).toEqual([]);
    await lane.commit([[readingRows([['b', 29.999999]], 3)]]);
    expect(brief(lane)).toEqual([]);
    await lane.commit([[readingRows([['b', 30]], 4)]]);
    expect(brief(lane)).toEqual(['00:00:00 00:00:20 a 2']);
    expect(lane.head.open).toBe(2);
  });

  it('becomes one with another when a record comes between them, and takes the rows of both', async () => {
    const lane = await openAggregateLane({
      shape: session,
      delayMs: 60_000,
      aggregates: { readings: 'count(*)', first: 'first(value)', last: 'last(value)' },
      mode: 'update',
    });
    await lane.commit([
      [
        readingRows([
          ['a', 0, 1],
          ['a', 20, 2],
          ['a', 50, 3],
          ['b', 0, 4],
        ]),
      ],
    ]);
    expect(lane.tableRows).toHaveLength(4);
    await lane.commit([[readingRows([['a', 10, 5]], 4)]]);
    expect(brief(lane)).toEqual([
      '00:00:00 00:00:10 b 1 4 4',
      '00:00:00 00:00:30 a 3 1 2',
      '00:00:50 00:01:00 a 1 3 3',
    ]);
    expect(lane.head.open).toBe(3);
  });

  it('needs no key', async () => {
    const lane = await openAggregateLane({
      shape: session,
      groupBy: [],
      aggregates: { readings: 'count(*)' },
      mode: 'update',
    });
    await lane.commit([[readingRows([['a', 12]])]]);
    await lane.commit([[readingRows([['b', 5]], 1)]]);
    expect(brief(lane)).toEqual(['00:00:05 00:00:22 2']);
  });
});

describe('an output without windows', () => {
  it('has a row for each key, which goes by offsets and never ends', async () => {
    const lane = await openAggregateLane({
      aggregates: { seen: 'count(*)', first: 'first(n)', last: 'last(n)', most: 'max(n)' },
      mode: 'update',
    });
    await lane.commit([
      [
        readingRows([
          ['a', 50, null, 1n],
          [null, null, null, 2n],
        ]),
        readingRows([['a', 3, null, 9n]], 2),
      ],
    ]);
    await lane.commit([
      [
        readingRows(
          [
            ['a', null, null, null],
            ['b', null, null, 5n],
          ],
          3,
        ),
      ],
    ]);
    expect(lane.tableRows).toEqual([
      { id: null, seen: '1', first: '2', last: '2', most: '2' },
      { id: 'a', seen: '3', first: '1', last: null, most: '9' },
      { id: 'b', seen: '1', first: '5', last: '5', most: '5' },
    ]);
    expect(lane.counts).toEqual({ taken: 5, late: 0, nullEventTime: 0, nullKey: 0 });
    expect(lane.head.open).toBe(3);
  });
});

describe('what an output takes', () => {
  it('is taken once, also where a batch begins before the end of the one before', async () => {
    const lane = await openAggregateLane({ aggregates: { seen: 'count(*)' }, mode: 'update' });
    await lane.commit([
      [
        readingRows([
          ['a', 1],
          ['a', 1],
        ]),
      ],
    ]);
    await lane.commit([
      [
        readingRows([
          ['a', 1],
          ['a', 1],
          ['a', 1],
        ]),
      ],
    ]);
    expect(brief(lane)).toEqual(['a 3']);
    expect(lane.counts.taken).toBe(3);
  });

  it('is of one key whether that is an empty text or null, where the table is partitioned by it and cannot tell', async () => {
    const parts: OutputParts = { aggregates: { seen: 'count(*)' }, mode: 'update' };
    const rows = [
      [
        readingRows([
          ['', 1],
          [null, 1],
          ['a', 1],
        ]),
      ],
    ];
    const apart = await openAggregateLane(parts);
    await apart.commit(rows);
    expect(brief(apart)).toHaveLength(3);
    const together = await openAggregateLane({ ...parts, partitionBy: ['id'] });
    await together.commit(rows);
    expect(together.tableRows.map(({ id, seen }) => [id, seen]).toSorted()).toEqual([
      [null, '2'],
      ['a', '1'],
    ]);
  });

  it('is refused where it is of a topic partition that the part did not begin with', async () => {
    const engine = await openEngine();
    const compiled = compileAggregate(aggregateOutput({ aggregates: { seen: 'count(*)' }, mode: 'update' }), readings);
    const part = await compiled.openPart(engine, 'x', { partitions: [] });
    await engine.run(`CREATE TABLE given AS SELECT 'a' AS id, 7 AS "__kb_partition", 0 AS "__kb_offset"`, 'give rows');
    await expect(part.takeSlice('given')).rejects.toThrow('topic partition 7');
  });

  it('may be an expression, which is null where it fails', async () => {
    const lane = await openAggregateLane({
      aggregates: {
        doubled: ['long', 'sum(n * 2 -- twice\n)'],
        text: ['string', `max("VALUE" || ', (' || id)`],
        tested: 'count(CASE WHEN n > 1 THEN 1 END)',
        letters: 'approx_count_distinct(upper(id))',
      },
      groupBy: ['ts'],
      mode: 'update',
    });
    await lane.commit([
      [
        readingRows([
          ['a', 1, 1.5, 2n],
          ['A', 1, 1.5, 2n ** 62n],
          ['b', 1, null, 1n],
        ]),
      ],
    ]);
    expect(lane.tableRows).toEqual([
      { ts: '1970-01-01 00:00:01+00', doubled: '6', text: '1.5, (a', tested: '2', letters: '2' },
    ]);
  });

  it('goes on when a column has become wider', async () => {
    const engine = await openEngine();
    const narrow = struct(...readings.fields.slice(0, 3), field('n', 'integer'));
    const lane = new OutputLane({
      session: engine,
      output: compileAggregate(wideningOutput(narrow), narrow),
      rows: narrow,
      partitions: [0],
    });
    await lane.commit([[readingRows([['a', 1, null, 2_147_483_647n]])]]);
    const wider = new OutputLane({
      session: engine,
      output: compileAggregate(wideningOutput(readings), readings),
      rows: readings,
      partitions: [0],
      continues: lane,
    });
    await wider.commit([[readingRows([['a', 1, null, 2n ** 40n]], 1)]]);
    expect(brief(wider)).toEqual([`a ${2n ** 40n + 2_147_483_647n} 2147483647 ${2n ** 40n}`]);
  });
});

function wideningOutput(rows: typeof readings) {
  return aggregateOutput({ aggregates: { sum: 'sum(n)', min: 'min(n)', last: 'last(n)' }, mode: 'update' }, rows);
}

describe('the fingerprint of an output', () => {
  it('tells apart what state cannot be continued by, the mode among it: rows of open windows are in the table or not', () => {
    const parts: OutputParts = { aggregates: { n: 'count(*)' }, shape: tumbling };
    const fingerprint = (changed: Partial<OutputParts>): string =>
      compileAggregate(aggregateOutput({ ...parts, ...changed }), readings).fingerprint;
    const changes: Partial<OutputParts>[] = [{}, { mode: 'update' }, { shape: hopping }, { groupBy: [] }];
    expect(new Set(changes.map(fingerprint)).size).toBe(changes.length);
    expect(fingerprint({ delayMs: 1000 })).toBe(fingerprint({}));
  });
});

describe('an output that cannot be', () => {
  it.each<[string, OutputParts]>([
    ['no row is ever final', { aggregates: {} }],
    ['it needs columns to group by', { aggregates: {}, groupBy: [], mode: 'update' }],
    ['no column of single values that is named nobody', { aggregates: {}, shape: tumbling, groupBy: ['nobody'] }],
    ['two columns would be named window_end', { aggregates: { window_end: 'count(*)' }, shape: tumbling }],
    ['two columns would be named ID', { aggregates: { ID: 'count(*)' }, shape: tumbling }],
  ])('is refused: %s', (problem, parts) => {
    expect(() => compileAggregate(aggregateOutput(parts), readings)).toThrow(problem);
  });

  it('is refused: its event time is no timestamp', () => {
    const output = aggregateOutput({ aggregates: {}, shape: tumbling });
    expect(() => compileAggregate(output, struct(field('id', 'string'), field('ts', 'string')))).toThrow(
      'is no timestamp',
    );
  });
});
