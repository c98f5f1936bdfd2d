import type { Parameters } from 'fast-check';

/**
 * How long a property is tried: a few runs in the whole suite, as many as PROPERTY_RUNS says by hand. PROPERTY_SEED
 * repeats what a failure printed.
 */
export function propertyRuns(few: number): Parameters<unknown> {
  const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env;
  return {
    numRuns: runs === undefined ? few : Number(runs),
    endOnFailure: true,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}

export const propertyTimeoutMs = process.env['PROPERTY_RUNS'] === undefined ? 120_000 : 24 * 3_600_000;
