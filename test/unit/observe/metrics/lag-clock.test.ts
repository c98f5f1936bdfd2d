import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LaneLag } from '../../../../src/model/requests/lane-lag.ts';
import { toOffset } from '../../../../src/model/batch/offset-range.ts';
import { LagClock } from '../../../../src/observe/metrics/lag-clock.ts';

function lag(storedOffset: number, endOffset: number, partition = 0): LaneLag {
  return [{ partition, storedOffset: toOffset(BigInt(storedOffset)), endOffset: toOffset(BigInt(endOffset)) }];
}

test('the wait begins when an offset is first seen, and ends when it is committed', () => {
  const clock = new LagClock();
  expect(clock.look(lag(0, 0), 1000)).toBe(0);
  expect(clock.look(lag(0, 10), 2000)).toBe(0);
  expect(clock.look(lag(0, 20), 3000)).toBe(1000);
  expect(clock.look(lag(10, 30), 4000)).toBe(1000);
  expect(clock.look(lag(30, 30), 5000)).toBe(0);
  expect(clock.look(lag(30, 31), 9000)).toBe(0);
});

test('the slowest topic partition counts', () => {
  const clock = new LagClock();
  clock.look([...lag(0, 10), ...lag(0, 10, 1)], 1000);
  expect(clock.look([...lag(10, 20), ...lag(9, 20, 1)], 6000)).toBe(5000);
  expect(clock.look([...lag(20, 20), ...lag(10, 20, 1)], 7000)).toBe(1000);
});

test('a log that was replaced by a shorter one is waited for anew', () => {
  const clock = new LagClock();
  clock.look(lag(0, 1000), 1000);
  expect(clock.look(lag(0, 5), 2000)).toBe(0);
  expect(clock.look(lag(5, 5), 3000)).toBe(0);
});

test('a lane that stands still for days is told of exactly, with few looks kept', () => {
  const clock = new LagClock();
  for (let second = 0; second < 20_000; second += 10) clock.look(lag(0, second + 1), second * 1000);
  expect(clock.look(lag(0, 30_000), 20_000_000)).toBe(20_000_000);
});

test('the wait is that of the oldest uncommitted offset, short of one look at most', () => {
  const steps = fc.array(fc.record({ arrive: fc.nat({ max: 5 }), commit: fc.nat({ max: 6 }) }), { maxLength: 100 });
  fc.assert(
    fc.property(steps, (plan) => {
      const clock = new LagClock();
      const seenAt: number[] = [];
      let stored = 0;
      plan.forEach(({ arrive, commit }, atMs) => {
        for (let record = 0; record < arrive; record += 1) seenAt.push(atMs);
        stored = Math.min(seenAt.length, stored + commit);
        const oldest = seenAt[stored];
        expect(clock.look(lag(stored, seenAt.length), atMs)).toBe(oldest === undefined ? 0 : atMs - oldest);
      });
    }),
  );
});
