import { beforeAll, describe, expect, it } from 'vitest';
import { compareRows, expectSameWindows, plainRow } from '../support/windows/compare-windows.ts';
import { comparedScenarios } from '../support/windows/compared-scenarios.ts';
import { endedSession, oneBatch, slowPartition, twoBatches } from '../support/windows/known-scenarios.ts';
import { ourWindows } from '../support/windows/our-windows.ts';
import { cutAnew } from '../support/windows/random-scenarios.ts';
import type { Scenario, WindowRow } from '../support/windows/scenario.ts';
import { sparkWindows } from './spark-windows.ts';

const recordedSeed = 1;
const seed = Number(process.env['WINDOWS_SEED'] ?? recordedSeed);
const compared = comparedScenarios(seed);
const different = [oneBatch, twoBatches, slowPartition, endedSession];
const sparks = new Map<Scenario, readonly WindowRow[]>();

beforeAll(async () => {
  const scenarios = [...compared, ...different];
  const results = await sparkWindows(scenarios);
  for (const [index, scenario] of scenarios.entries()) {
    sparks.set(scenario, (results[index] ?? []).map(plainRow).toSorted(compareRows));
  }
});

/** How many readings are in the windows of a result. */
function readingsIn(rows: readonly WindowRow[] | undefined): number {
  return (rows ?? []).reduce((sum, { readings }) => sum + Number(readings), 0);
}

describe(`Spark and we make the same windows of readings (WINDOWS_SEED=${String(seed)})`, () => {
  it.each(compared.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    const expected = sparks.get(scenario);
    expect(expected?.length).toBeGreaterThan(10);
    expectSameWindows(await ourWindows(scenario), expected);
    // However the same readings are cut into batches, and whatever the slices, groups and retries of ours are.
    for (const cut of [0, 3, 16]) expectSameWindows(await ourWindows(scenario, cutAnew(scenario, cut)), expected);
  });

  it('and readings were late in those that were to be', () => {
    const late = compared.filter(({ name, shape }) => name.endsWith('late') && shape.kind === 'tumbling');
    expect(late).toHaveLength(2);
    for (const scenario of late) expect(readingsIn(sparks.get(scenario))).toBeLessThan(scenario.batches.flat().length);
  });
});

describe('where we differ from Spark on purpose', () => {
  it('what is late depends on the order of records alone, and with Spark on where batches were cut', async () => {
    expect(sparks.get(oneBatch)).not.toEqual(sparks.get(twoBatches));
    expectSameWindows(await ourWindows(oneBatch), sparks.get(twoBatches));
    expectSameWindows(await ourWindows(twoBatches), sparks.get(twoBatches));
  });

  it('a topic partition that is behind is not late, and with Spark the newest event of all makes it so', async () => {
    expect(readingsIn(sparks.get(slowPartition))).toBe(2);
    expect(readingsIn(await ourWindows(slowPartition))).toBe(3);
  });

  it('a session is given out when no record that is not late could extend it, and with Spark a gap earlier', async () => {
    const sessionsOf = (rows: readonly WindowRow[] | undefined): number[] =>
      (rows ?? []).filter(({ id }) => id === 'a').map(({ readings }) => Number(readings));
    expect(sessionsOf(sparks.get(endedSession))).toEqual([2, 1]);
    expect(sessionsOf(await ourWindows(endedSession))).toEqual([3]);
  });
});

it.runIf(seed === recordedSeed)('what Spark made of them is on record, for tests that run without it', async () => {
  const record = compared.map((scenario) => JSON.stringify({ scenario, spark: sparks.get(scenario) }));
  await expect(`[\n${record.join(',\n')}\n]\n`).toMatchFileSnapshot('recorded.json');
});
