import { describe, expect, test } from 'vitest';
import { Connections } from '../../../../src/ingest/connections.ts';
import { discoverTopics, maxTopicsPerJob } from '../../../../src/ingest/lane/discover-topics.ts';
import { loadJob } from '../../../../src/spec/load-job.ts';

/** A cluster of which a pattern finds so many topics. */
class LargeCluster extends Connections {
  readonly #topics: number;

  constructor(topics: number) {
    super({ env: {} });
    this.#topics = topics;
  }

  override kafka(...source: Parameters<Connections['kafka']>): ReturnType<Connections['kafka']> {
    const names = Array.from({ length: this.#topics }, (_, index) => `events_${String(index)}`);
    return { ...super.kafka(...source), matchTopics: () => Promise.resolve(names) };
  }
}

const spec = loadJob(
  {
    name: 'events',
    source: { bootstrapServers: '127.0.0.1:1', topicPattern: 'events_.*' },
    steps: { parse: { format: 'raw' } },
    table: { path: '/lake/{topic}' },
  },
  { jobsFolder: '.', env: {} },
);

describe('a job whose pattern matches many topics', () => {
  test('runs as many as a job can hold', async () => {
    expect(await discoverTopics(new LargeCluster(maxTopicsPerJob), spec)).toHaveLength(maxTopicsPerJob);
  });

  test('is refused beyond that, with the number of topics and the remedy', async () => {
    const refused = expect(discoverTopics(new LargeCluster(1234), spec)).rejects;
    await refused.toMatchObject({ code: 'SPEC_INVALID' });
    await refused.toThrow(/reads 1234 topics, and a job can hold 1000: make it several jobs/);
  });
});
