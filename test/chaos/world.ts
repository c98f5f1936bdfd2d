import type { TestKafka } from '../support/kafka.ts';
import type { RunningStack } from '../../src/stack/start-stack.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import type { JobDriver } from './job-driver.ts';
import type { Network } from './network.ts';
import type { ProducedTopic, Producers } from './producers.ts';
import type { Scenario } from './scenario.ts';
import type { Timeline } from './timeline.ts';
import type { WorkerFleet } from './workers.ts';

/** Servers that a run of the program owns, or those of the environment, which nobody may stop. */
export interface ChaosServers {
  readonly addresses: RunningStack['addresses'];
  /** Absent for servers of the environment. */
  readonly own?: { readonly stack: RunningStack; readonly stateFolder: string };
}

/** All that faults act on. */
export interface World {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly servers: ChaosServers;
  readonly network: Network;
  readonly kafka: TestKafka;
  readonly topics: readonly ProducedTopic[];
  readonly producers: Producers;
  readonly workers: WorkerFleet;
  readonly job: JobDriver;
  readonly spec: JobSpec;
  /** What lasts longer than the fault that began it; awaited before the scenario ends. */
  readonly background: Set<Promise<void>>;
  /** Resets that kept rows: so often may an offset be there besides. */
  keptResets: number;
  isPaused: boolean;
  isResetting: boolean;
}

/** Goes on beside what follows; its errors are for the timeline. */
export function inBackground(world: World, what: string, work: Promise<unknown>): void {
  const noted = work
    .then(
      () => undefined,
      (error: unknown) => world.timeline.note(`${what}: ${error instanceof Error ? error.message : String(error)}`),
    )
    .finally(() => world.background.delete(noted));
  world.background.add(noted);
}
