import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOffsets, type OffsetDecision } from '../../../../src/delta/commit/offset-check.ts';
import type { StoredPositions } from '../../../../src/delta/commit/offset-positions.ts';
import type { PlannedRange } from '../../../../src/model/batch/batch.ts';
import { toOffset } from '../../../../src/model/batch/offset-range.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

const lane = { job: 'rides', topic: 'trips', topicId: 'id-1' };
const epoch = 4;

/** `[partition, startOffset, endOffset, storedOffset at planning]`; the last is the start unless given. */
type Range = readonly [partition: number, start: number, end: number, storedWhenPlanned?: number];

function range([partition, start, end, storedWhenPlanned = start]: Range, topicId = lane.topicId): PlannedRange {
  return {
    topic: lane.topic,
    topicId,
    partition,
    startOffset: toOffset(start),
    endOffset: toOffset(end),
    storedOffset: toOffset(storedWhenPlanned),
  };
}

function stored(offsets: Readonly<Record<number, number>>, more: Partial<StoredPositions> = {}): StoredPositions {
  return {
    lane,
    offsets: new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), toOffset(offset)])),
    epoch,
    lastBatch: 7,
    lastBatchEpoch: 3,
    lastMoveDiscarded: false,
    otherJobs: [],
    otherTopicIds: [],
    ...more,
  };
}

const cases: readonly (readonly [
  name: string,
  ranges: readonly Range[],
  offsets: Readonly<Record<number, number>>,
  kind: OffsetDecision['kind'],
])[] = [
  ['the table stands at the start', [[0, 10, 20]], { 0: 10 }, 'commit'],
  ['the table stands at the start of a range from zero', [[0, 0, 1]], { 0: 0 }, 'commit'],
  [
    'the table stands at every start',
    [
      [0, 10, 20],
      [1, 5, 6],
    ],
    { 0: 10, 1: 5, 2: 99 },
    'commit',
  ],
  ['the table stands where it did before an accepted loss', [[0, 50, 60, 10]], { 0: 10 }, 'commit'],
  ['a range is lost as a whole, by acceptance', [[0, 50, 50, 10]], { 0: 10 }, 'commit'],
  [
    'one partition is split into ranges that follow each other',
    [
      [0, 20, 30],
      [0, 10, 20],
    ],
    { 0: 10 },
    'commit',
  ],
  [
    'an idle partition moves nothing',
    [
      [0, 10, 20],
      [1, 5, 5],
    ],
    { 0: 10, 1: 5 },
    'commit',
  ],

  ['the table stands at the end', [[0, 10, 20]], { 0: 20 }, 'alreadyDone'],
  ['the table stands beyond the end', [[0, 10, 20]], { 0: 35 }, 'alreadyDone'],
  [
    'the table stands at or beyond every end',
    [
      [0, 10, 20],
      [1, 5, 6],
    ],
    { 0: 20, 1: 9 },
    'alreadyDone',
  ],
  ['an accepted loss is in the table', [[0, 50, 60, 10]], { 0: 60 }, 'alreadyDone'],
  [
    'split ranges are in the table',
    [
      [0, 10, 20],
      [0, 20, 30],
    ],
    { 0: 30 },
    'alreadyDone',
  ],
  [
    'done beside a partition that moves nothing',
    [
      [0, 10, 20],
      [1, 5, 5],
    ],
    { 0: 20, 1: 5 },
    'alreadyDone',
  ],
  ['there is nothing to do', [], {}, 'alreadyDone'],
  ['nothing moves', [[0, 5, 5]], { 0: 5 }, 'alreadyDone'],

  ['the table stands inside of the range', [[0, 10, 20]], { 0: 15 }, 'replan'],
  ['the table was set back', [[0, 10, 20]], { 0: 3 }, 'replan'],
  ['the table stands at the start, though it should be before a loss', [[0, 50, 60, 10]], { 0: 50 }, 'replan'],
  ['the table does not know the partition', [[0, 10, 20]], { 1: 10 }, 'replan'],
  [
    'the table does not know a partition that moves nothing',
    [
      [0, 10, 20],
      [1, 5, 5],
    ],
    { 0: 10 },
    'replan',
  ],
  [
    'one range is done and another is not',
    [
      [0, 10, 20],
      [1, 5, 6],
    ],
    { 0: 20, 1: 5 },
    'replan',
  ],
  [
    'one range is to commit and another overlaps',
    [
      [0, 10, 20],
      [1, 5, 9],
    ],
    { 0: 10, 1: 7 },
    'replan',
  ],
  [
    'one range is done and another overlaps',
    [
      [0, 10, 20],
      [1, 5, 9],
    ],
    { 0: 20, 1: 7 },
    'replan',
  ],
  [
    'split ranges are half in the table',
    [
      [0, 10, 20],
      [0, 20, 30],
    ],
    { 0: 20 },
    'replan',
  ],
  [
    'split ranges leave a hole',
    [
      [0, 10, 20],
      [0, 25, 30],
    ],
    { 0: 10 },
    'replan',
  ],
  [
    'split ranges overlap',
    [
      [0, 10, 20],
      [0, 15, 30],
    ],
    { 0: 10 },
    'replan',
  ],
  ['the plan would repeat what the table held', [[0, 5, 20, 10]], { 0: 10 }, 'replan'],
  ['a range is backwards', [[0, 20, 10]], { 0: 20 }, 'replan'],
];

describe('checkOffsets', () => {
  it.each(cases)('%s', (_name, ranges, offsets, kind) => {
    const decision = checkOffsets({ epoch, ranges: ranges.map((planned) => range(planned)) }, stored(offsets));
    expect(decision.kind).toBe(kind);
  });

  it('says which range disagrees, and with what', () => {
    const ranges = [range([0, 10, 20]), range([3, 10, 20])];
    expect(checkOffsets({ epoch, ranges }, stored({ 0: 10, 3: 12 }))).toEqual({
      kind: 'replan',
      reason: 'trips/3 [10, 20) is planned to follow offset 10, and the table holds 12',
    });
  });

  it('compares offsets as numbers of any size', () => {
    const ranges = [range([0, 9, 10])];
    expect(checkOffsets({ epoch, ranges }, stored({ 0: 100 })).kind).toBe('alreadyDone');
    const huge = { ...range([0, 0, 0]), startOffset: '9007199254740993', endOffset: '9007199254740995' } as const;
    const planned = { epoch, ranges: [{ ...huge, storedOffset: '9007199254740993' } as const] };
    const at = (offset: `${bigint}`): StoredPositions => stored({}, { offsets: new Map([[0, offset]]) });
    expect(checkOffsets(planned, at('9007199254740993')).kind).toBe('commit');
    expect(checkOffsets(planned, at('9007199254740992')).kind).toBe('replan');
    expect(checkOffsets(planned, at('9007199254740994')).kind).toBe('replan');
  });

  it('is fenced by a newer epoch, even when all is done', () => {
    const fenced = { kind: 'fenced', epoch: 4, storedEpoch: 5 };
    for (const offset of [10, 15, 20]) {
      expect(checkOffsets({ epoch, ranges: [range([0, 10, 20])] }, stored({ 0: offset }, { epoch: 5 }))).toEqual(
        fenced,
      );
    }
  });

  it.each([3, undefined])('plans anew when the table holds epoch %s: it was restored or made anew', (storedEpoch) => {
    const decision = checkOffsets({ epoch, ranges: [range([0, 10, 20])] }, stored({ 0: 10 }, { epoch: storedEpoch }));
    expect(decision.kind).toBe('replan');
  });

  it('plans anew for another incarnation of the topic', () => {
    const ranges = [range([0, 10, 20], 'id-2')];
    expect(checkOffsets({ epoch, ranges }, stored({ 0: 10 })).kind).toBe('replan');
  });

  it('stops at a partition that another job ingests, and only at such a one', () => {
    const claim = { job: 'other', topic: 'trips', topicId: 'id-1', partition: 1, offset: '5' } as const;
    const at = stored({ 0: 10, 1: 10 }, { otherJobs: [claim] });
    expect(checkOffsets({ epoch, ranges: [range([0, 10, 20])] }, at).kind).toBe('commit');
    const ranges = [range([0, 10, 20]), range([1, 10, 20])];
    expect(checkOffsets({ epoch, ranges }, at)).toEqual({ kind: 'ownedByAnotherJob', claim });
  });

  it('commits only what makes every partition go on exactly where it stood', () => {
    const planned = fc.record({ start: fc.nat(6), length: fc.nat(4), lost: fc.nat(2), at: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(planned, { minLength: 1, maxLength: 4 }), (plans) => {
        const ranges = plans.map(({ start, length, lost }, partition) =>
          range([partition, start, start + length, Math.max(0, start - lost)]),
        );
        const at = stored(Object.fromEntries(plans.map((plan, partition) => [partition, plan.at])));
        const decision = checkOffsets({ epoch, ranges }, at);
        const positions = ranges.map(({ storedOffset, endOffset, partition }) => ({
          expected: BigInt(storedOffset),
          end: BigInt(endOffset),
          at: BigInt(at.offsets.get(partition) ?? -1n),
        }));
        if (decision.kind === 'commit') expect(positions.every((one) => one.at === one.expected)).toBe(true);
        if (decision.kind === 'alreadyDone') expect(positions.every((one) => one.at >= one.end)).toBe(true);
        if (positions.every((one) => one.at === one.expected && one.expected < one.end))
          expect(decision.kind).toBe('commit');
      }),
      propertyRuns(100),
    );
  });
});
