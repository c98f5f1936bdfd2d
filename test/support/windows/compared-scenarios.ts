import { disorderedScenario, lateScenario } from './random-scenarios.ts';
import type { Scenario } from './scenario.ts';

const tumbling = { kind: 'tumbling', sizeMs: 10_000 } as const;
const hopping = { kind: 'hopping', sizeMs: 9000, slideMs: 4000 } as const;
const session = { kind: 'session', gapMs: 2500 } as const;

/** Inputs from which Spark's windows and ours must come out the same. */
export function comparedScenarios(seed: number): readonly Scenario[] {
  const disordered = { count: 60, batches: 3, disorderMs: 5000, delayMs: 5000, partitions: 3 } as const;
  const late = { count: 60, batches: 3, disorderMs: 30_000, delayMs: 6000, partitions: 1 } as const;
  return [
    disorderedScenario({ ...disordered, seed, name: 'tumbling, update', shape: tumbling, mode: 'update' }),
    disorderedScenario({ ...disordered, seed: seed + 2, name: 'hopping, update', shape: hopping, mode: 'update' }),
    // Spark has no sessions in update mode.
    disorderedScenario({ ...disordered, seed: seed + 4, name: 'sessions, append', shape: session, mode: 'append' }),
    lateScenario({ ...late, seed: seed + 5, name: 'tumbling, update, some late', shape: tumbling, mode: 'update' }),
    lateScenario({ ...late, seed: seed + 7, name: 'tumbling, append, some late', shape: tumbling, mode: 'append' }),
    lateScenario({ ...late, seed: seed + 6, name: 'hopping, append, some late', shape: hopping, mode: 'append' }),
  ];
}
