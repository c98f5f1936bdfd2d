import { expect, test } from 'vitest';
import { simulate } from '../../../support/simulation/simulate.ts';

/** Among the first are some in which a stale attempt of a reset would take out dead letters of a batch that is committed. */
const first = Number(process.env['SIMULATION_SEED'] ?? 255);
const count = Number(process.env['SIMULATIONS'] ?? 10);

test('however attempts of runs that follow each other get in each other’s way, each record is there once', async () => {
  for (let seed = first; seed < first + count; seed += 1) {
    const { problems, log } = await simulate(seed);
    expect(problems, `SIMULATION_SEED=${seed} SIMULATIONS=1\n${log.join('\n')}`).toEqual([]);
  }
});
