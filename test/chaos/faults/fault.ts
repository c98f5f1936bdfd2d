import type { SeededRandom } from '../../../src/samples/seeded-random.ts';
import type { World } from '../world.ts';

/** Something that happens to a job, by accident or by its operator. */
export interface Fault {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  applies?(world: World): boolean;
  /** Returns when it is over, or goes on in the background. */
  run(world: World, random: SeededRandom): Promise<void>;
}
