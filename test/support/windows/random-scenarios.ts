import type { WindowShape } from '../../../src/model/outputs/output-spec.ts';
import { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { closing, cutAtRandom, dayMs, type Reading, type Scenario } from './scenario.ts';

const stepMs = 700;
const closingMs = 24 * 60 * 60_000;

interface Rule extends Pick<Scenario, 'name' | 'shape' | 'mode' | 'partitions' | 'delayMs'> {
  readonly seed: number;
  readonly count: number;
  readonly batches: number;
  /** How far a reading may lie behind the newest one before it. */
  readonly disorderMs: number;
}

/**
 * Readings out of order, none of them by more than the delay: nobody's watermark is ever ahead of one, wherever the
 * batches are cut. At the end all windows are closed.
 */
export function disorderedScenario({ seed, count, batches, disorderMs, ...rule }: Rule): Scenario {
  const random = new SeededRandom(seed, 0);
  const taken = new Set<number>();
  const readings = Array.from({ length: count }, (_, index) => {
    return readingAt(random, freeTime(dayMs + index * stepMs - random.int(disorderMs), taken), rule.partitions);
  });
  return { ...rule, ...cut(readings, batches, seed, rule.partitions) };
}

/**
 * Readings of one topic partition, many of them late. Each is late by the newest one of the batches before, or is not late
 * by the newest one before it: the only two rules that there are agree.
 */
export function lateScenario({ seed, count, batches, disorderMs, ...rule }: Rule): Scenario {
  const random = new SeededRandom(seed, 2);
  const taken = new Set<number>();
  let newestMs = dayMs;
  let newestBeforeMs = Number.NEGATIVE_INFINITY;
  const cuts = cutAtRandom(Array.from({ length: count }), batches, seed).map((batch) => {
    const readings = batch.map(() => {
      for (;;) {
        const aheadMs = random.chance(0.6) ? random.int(2 * stepMs) : -random.int(disorderMs);
        const atMs = freeTime(newestMs + aheadMs, taken);
        const isDoubtful = windowEnds(rule.shape, atMs).some(
          (endMs) => endMs <= newestBeforeMs - rule.delayMs !== endMs <= newestMs - rule.delayMs,
        );
        if (isDoubtful) continue;
        newestMs = Math.max(newestMs, atMs);
        return readingAt(random, atMs, 1);
      }
    });
    newestBeforeMs = newestMs;
    return readings;
  });
  return { ...rule, batches: [...cuts, closing(1, closingMs)], restarts: restartsOf(cuts.length, seed) };
}

/** The same readings in the same order, in other batches. */
export function cutAnew({ batches, partitions }: Scenario, seed: number): readonly (readonly Reading[])[] {
  const readings = batches.slice(0, -1).flat();
  return cut(readings, 1 + (seed % readings.length), seed, partitions).batches;
}

function cut(readings: readonly Reading[], count: number, seed: number, partitions: number) {
  const batches = [...cutAtRandom(readings, count, seed), closing(partitions, closingMs)];
  return { batches, restarts: restartsOf(batches.length, seed) };
}

function restartsOf(batches: number, seed: number): readonly number[] {
  const random = new SeededRandom(seed, 3);
  return Array.from({ length: batches }, (_, index) => index).filter((index) => index > 0 && random.chance(0.3));
}

function readingAt(random: SeededRandom, atMs: number, partitions: number): Reading {
  return {
    partition: random.int(partitions),
    id: random.pick(['a', 'b', 'c']),
    at_ms: atMs,
    value: random.decimal(-50, 50, 3),
    n: random.chance(0.1) ? null : random.int(1000),
    flag: random.chance(0.8),
  };
}

function freeTime(fromMs: number, taken: Set<number>): number {
  let atMs = fromMs;
  while (taken.has(atMs)) atMs += 1;
  taken.add(atMs);
  return atMs;
}

function windowEnds(shape: WindowShape, atMs: number): number[] {
  if (shape.kind === 'session') return [atMs + shape.gapMs];
  const slideMs = shape.kind === 'hopping' ? shape.slideMs : shape.sizeMs;
  const ends: number[] = [];
  for (let startMs = atMs - (atMs % slideMs); startMs + shape.sizeMs > atMs; startMs -= slideMs) {
    ends.push(startMs + shape.sizeMs);
  }
  return ends;
}
