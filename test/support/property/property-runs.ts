import type { Parameters } from 'fast-check';

/** What the whole suite tries, so that it finds the same every time. */
const suiteSeed = 1_123_581_321;

/**
 * How long a property is tried: a few runs of one seed in the whole suite, as many of a new seed each time as
 * PROPERTY_RUNS says by hand. PROPERTY_SEED repeats what a failure printed.
 */
export function propertyRuns(few: number): Parameters<unknown> {
  const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env;
  return {
    numRuns: runs === undefined ? few : Number(runs),
    endOnFailure: true,
    ...(seed === undefined ? (runs === undefined ? { seed: suiteSeed } : {}) : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}

export const propertyTimeoutMs = process.env['PROPERTY_RUNS'] === undefined ? 120_000 : 24 * 3_600_000;
