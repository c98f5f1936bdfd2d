import { expect } from 'vitest';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import { rawMetadata } from '../../support/test-job.ts';

const steps: JobDocument = {
  parse: { format: 'json', schema: { id: 'string', ts: 'timestamp', value: 'int' } },
  metadata: rawMetadata,
};

const startMs = Date.UTC(2026, 0, 20, 7);

/** An event so many seconds after the start, in a topic partition. */
function event(seconds: number, id: string, value: number, partition = 0): { partition: number; value: string } {
  return { partition, value: JSON.stringify({ id, ts: new Date(startMs + seconds * 1000).toISOString(), value }) };
}

const windowed: JobDocument = {
  window: { tumbling: '10 seconds' },
  eventTime: 'ts',
  watermark: '5 seconds',
  groupBy: ['id'],
  aggregates: { n: 'count(*)', total: 'sum(value)' },
};

const windowsSql =
  'SELECT CAST(epoch(window_start) - ' +
  `${startMs / 1000} AS INTEGER) AS start, id, n::INTEGER AS n, total::INTEGER AS total FROM t ORDER BY ALL`;

test('final windows are appended once, whatever batches the records came in', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(event(1, 'a', 1), event(2, 'b', 2, 1), event(11, 'a', 4));
  const job = await createJob({
    topics: [topic.name],
    document: { steps, outputs: { sums: { ...windowed, path: `${lakeFolder}/sums` } } },
  });
  await job.start();
  await job.untilCaughtUp();
  // Out of order, and one that is late: the watermark of its topic partition has passed the end of its window.
  await topic.send(event(9, 'a', 8), event(30, 'a', 16), event(12, 'b', 32, 1), event(3, 'a', 64));
  await job.untilCaughtUp();
  await topic.send(event(60, 'end', 0), event(60, 'end', 0, 1));
  const { lanes } = await job.untilCaughtUp();
  expect(await queryLake(`${lakeFolder}/sums`, windowsSql)).toEqual([
    { start: 0, id: 'a', n: 2, total: 9 },
    { start: 0, id: 'b', n: 1, total: 2 },
    { start: 10, id: 'a', n: 1, total: 4 },
    { start: 10, id: 'b', n: 1, total: 32 },
    { start: 30, id: 'a', n: 1, total: 16 },
  ]);
  expect(lanes[0]?.lastBatch?.outputs).toMatchObject([
    { name: 'sums', open: 1, closedThrough: '2026-01-20T07:00:55.000Z' },
  ]);
  await job.expectVerified(9);
});
