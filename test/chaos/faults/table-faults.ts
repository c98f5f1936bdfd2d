import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import { Connections } from '../../../src/ingest/connections.ts';
import { createTransformPool } from '../../../src/ingest/transform-pool.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import { maintainTable } from '../../../src/maintain/maintain-table.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { deltaRsStorageOptions } from '../../support/s3.ts';
import { pythonWith, readers } from '../../support/python.ts';
import type { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { inBackground, type World } from '../world.ts';
import type { Fault } from './fault.ts';

function pickTable({ spec, topics }: World, random: SeededRandom): string {
  const paths = [spec.table, spec.table, spec.deadLetter, ...(spec.outputs ?? [])].map(({ path }) => path);
  return pathForTopic(random.pick(paths), random.pick(topics).name);
}

/** As the schedules of a job do it, in this process, past the bad network. */
const maintain: Fault = {
  name: 'maintain',
  weight: 4,
  run(world, random) {
    const table = pickTable(world, random);
    const task = random.pick(['optimize', 'optimize', 'vacuum', 'cleanup'] as const);
    const work = async (): Promise<void> => {
      const transforms = createTransformPool({ size: 1, memoryBytes: 128 << 20 });
      const rewrites = createRewritePool({ memoryBytes: 128 << 20 });
      const connections = new Connections({ env: process.env, readParquetRows });
      const { signal } = new AbortController();
      try {
        const done = await maintainTable(
          connections.table(table),
          { spec: world.spec, task, table, holds: 'rows' },
          { rewrite: rewrites.rewrite, checkpoint: (root) => transforms.checkpoint(root, signal), signal },
        );
        world.timeline.note(`${task}: ${JSON.stringify(done)}`);
      } finally {
        await transforms.close();
        await rewrites.close();
        await connections.close();
      }
    };
    inBackground(world, `${task} of ${table}`, work());
    return Promise.resolve();
  },
};

/** delta-rs beside us; it does not know mapped columns and deletion vectors, which it says. */
const otherWriter: Fault = {
  name: 'another writer',
  weight: 2,
  applies: ({ scenario }) => !scenario.mapsColumns && !scenario.deletionVectors,
  async run(world, random) {
    const table = pickTable(world, random);
    const options = world.scenario.storage === 's3' ? deltaRsStorageOptions() : {};
    const python = await pythonWith([readers.deltalake, readers.pyarrow]);
    const work = python
      .json(compactAndCheckpoint, { root: table, options })
      .then((said) => world.timeline.note(`delta-rs on ${table}: ${String(said)}`));
    inBackground(world, `delta-rs on ${table}`, work);
  },
};

const compactAndCheckpoint = `
from deltalake import DeltaTable
table = DeltaTable(input['root'], storage_options=input['options'])
removed = table.optimize.compact()['numFilesRemoved']
DeltaTable(input['root'], storage_options=input['options']).create_checkpoint()
emit(f'{removed} files compacted, and a checkpoint')
`;

export const tableFaults: readonly Fault[] = [maintain, otherWriter];
