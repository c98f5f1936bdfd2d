import { readFile } from 'node:fs/promises';
import { test } from 'vitest';
import { expectSameWindows } from '../../support/windows/compare-windows.ts';
import { ourWindows } from '../../support/windows/our-windows.ts';
import { cutAnew } from '../../support/windows/random-scenarios.ts';
import type { Scenario, WindowRow } from '../../support/windows/scenario.ts';

/** What `npm run test:windows` has seen Spark make of the same readings; written by it with `-u`. */
interface Recorded {
  readonly scenario: Scenario;
  readonly spark: readonly WindowRow[];
}

const file = new URL('../../windows/recorded.json', import.meta.url);
const recorded = JSON.parse(await readFile(file, 'utf8')) as readonly Recorded[];

test.each(recorded.map((one) => [one.scenario.name, one] as const))(
  'our windows are those that Spark made of the same readings, however they are cut: %s',
  async (_name, { scenario, spark }) => {
    for (const batches of [scenario.batches, cutAnew(scenario, 5)]) {
      expectSameWindows(await ourWindows(scenario, batches), spark);
    }
  },
);
