import { SeededRandom } from '../../src/samples/seeded-random.ts';

const outputNames = ['changing', 'final', 'running', 'changes', 'current'] as const;
export type OutputName = (typeof outputNames)[number];

/** What a seed stands for. Faults come of it as well; when each of them meets the job, nobody can say beforehand. */
export interface Scenario {
  readonly seed: number;
  readonly format: 'raw' | 'json';
  readonly outputs: readonly OutputName[];
  readonly deduplicates: boolean;
  readonly storage: 'folder' | 's3';
  readonly topics: number;
  readonly isShared: boolean;
  readonly partitions: number;
  /** Producers that write in Kafka transactions, beside one that does not. */
  readonly transactionalProducers: number;
  readonly mapsColumns: boolean;
  readonly deletionVectors: boolean;
  readonly manifests: 'json' | 'text' | 'parquet' | undefined;
  readonly mirrorsOffsets: boolean;
  readonly maxOffsetsPerTrigger: number;
  readonly checkpointInterval: number;
  readonly workers: number;
}

export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed, 0);
  const kind = random.pick(['raw', 'json', 'outputs', 'outputs', 'deduplicate'] as const);
  const topics = random.chance(0.3) ? 2 : 1;
  const chosen = outputNames.filter(() => random.chance(0.5));
  return {
    seed,
    format: kind === 'raw' ? 'raw' : 'json',
    outputs: kind !== 'outputs' ? [] : chosen.length > 0 ? chosen : ['changing'],
    deduplicates: kind === 'deduplicate',
    storage: random.chance(0.25) ? 's3' : 'folder',
    topics,
    // Aggregates that are kept up to date need a table for each topic anyway.
    isShared: topics > 1 && random.chance(0.5),
    partitions: 1 + random.int(4),
    transactionalProducers: random.int(3),
    mapsColumns: random.chance(0.25),
    deletionVectors: random.chance(0.4),
    manifests: random.chance(0.3) ? random.pick(['json', 'text', 'parquet'] as const) : undefined,
    mirrorsOffsets: random.chance(0.3),
    maxOffsetsPerTrigger: random.pick([100, 300, 1000, 5000]),
    checkpointInterval: random.pick([2, 5, 10]),
    workers: 1 + random.int(2),
  };
}

export function describeScenario(scenario: Scenario): string {
  const { seed, format, outputs, topics, partitions, transactionalProducers, storage, workers } = scenario;
  const flags = [
    scenario.deduplicates && 'deduplicated',
    scenario.isShared && 'one table',
    scenario.mapsColumns && 'mapped columns',
    scenario.deletionVectors && 'deletion vectors',
    scenario.mirrorsOffsets && 'mirrored offsets',
    scenario.manifests !== undefined && `${scenario.manifests} manifests`,
  ].filter((flag) => flag !== false);
  return [
    `seed ${seed}: ${format}`,
    `${topics} × ${partitions} topic partitions`,
    `${transactionalProducers} transactional producers`,
    storage,
    `${workers} workers`,
    ...(outputs.length > 0 ? [`outputs ${outputs.join(' ')}`] : []),
    ...flags,
  ].join(', ');
}
