import { createTransformPool, type TransformPool } from '../../src/ingest/transform-pool.ts';
import type { JobDocument } from '../../src/model/job/job-input.ts';
import { test as base } from './job-fixture.ts';
import type { TestTopic } from './kafka.ts';
import { SteppedLane } from './stepped-lane.ts';
import { rawMetadata } from './test-job.ts';

interface LaneOptions {
  /** Columns that are read as well. */
  readonly schema?: JobDocument;
  readonly extraFields?: string;
  /** Of the job's table. */
  readonly properties?: JobDocument;
  readonly maxOffsetsPerTrigger?: number;
  /** Keys of the job that take the place of others. */
  readonly document?: JobDocument;
}

function documentOf(lakeFolder: string, { schema = {}, extraFields, properties = {} }: LaneOptions): JobDocument {
  const columns = { id: 'string', ts: 'timestamp', value: 'int', ...schema };
  const parse = { format: 'json', schema: columns, ...(extraFields === undefined ? {} : { extraFields }) };
  return { steps: { parse, metadata: rawMetadata }, table: { path: `${lakeFolder}/bronze_{topic}`, properties } };
}

function limitOf({ maxOffsetsPerTrigger }: LaneOptions): JobDocument {
  return maxOffsetsPerTrigger === undefined ? {} : { maxOffsetsPerTrigger };
}

export const running = { groupBy: ['id'], aggregates: { n: 'count(*)', total: 'sum(value)' } };
export const windows = {
  ...running,
  window: { tumbling: '10 seconds' },
  eventTime: 'ts',
  watermark: '5 seconds',
  mode: 'update',
};

interface OutputsFixture {
  readonly topic: TestTopic;
  /** Those of a file take most of a second to start. */
  readonly transforms: TransformPool;
  /** A lane of a job with these outputs, all in one lake: of the same job, unless `document` gives it another name. */
  readonly laneWith: (outputs: Readonly<Record<string, JobDocument>>, options?: LaneOptions) => Promise<SteppedLane>;
}

export const test = base.extend<OutputsFixture>({
  topic: async ({ kafka }, use) => use(await kafka.createTopic({ partitions: 2 })),
  transforms: [
    async ({}, use) => {
      const transforms = createTransformPool({ size: 2, memoryBytes: 256 * 1024 * 1024 });
      await use(transforms);
      await transforms.close();
    },
    { scope: 'file' },
  ],
  laneWith: async ({ createJob, topic, lakeFolder, transforms }, use) => {
    const lanes: SteppedLane[] = [];
    let name: string | undefined;
    await use(async (outputs, options = {}) => {
      const placed = Object.fromEntries(
        Object.entries(outputs).map(([key, output]) => [key, { ...output, path: `${lakeFolder}/${key}` }]),
      );
      const job = await createJob({
        topics: [topic.name],
        document: {
          ...documentOf(lakeFolder, options),
          ...{ outputs: placed, ...(name === undefined ? {} : { name }), ...options.document },
        },
        source: { failOnDataLoss: false, ...limitOf(options) },
      });
      name = job.spec.name;
      const lane = new SteppedLane(job.spec, topic.name, transforms);
      lanes.push(lane);
      return lane;
    });
    for (const lane of lanes) await lane[Symbol.asyncDispose]();
  },
});

export const startMs = Date.UTC(2026, 0, 20, 7);

/** A record of the topic, so many seconds after `startMs`. */
export function event(seconds: number, id: string, value: number, partition = 0): { partition: number; value: string } {
  return { partition, value: JSON.stringify({ id, ts: new Date(startMs + seconds * 1000).toISOString(), value }) };
}
