import type { SeededRandom } from './seeded-random.ts';

/** When the first sample event happens. Fixed, so that the same seed gives the same partitions of a table. */
export const firstEventMs = Date.UTC(2026, 0, 27, 10);

const lateShare = 0.03;
const maxLateMs = 20 * 60_000;
const jitterMs = 1500;

/**
 * When the event of an index happened: in order on the whole, with neighbours out of order, and three in a hundred
 * late by up to twenty minutes, as events of phones that were offline are.
 */
export function eventTimeMs(random: SeededRandom, index: number, stepMs: number): number {
  const lateMs = random.chance(lateShare) ? random.int(maxLateMs) : 0;
  return Math.round(firstEventMs + index * stepMs) - random.int(jitterMs) - lateMs;
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
