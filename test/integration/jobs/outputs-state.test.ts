import { expect } from 'vitest';
import { runQuery } from '../../../src/lake/query/query.ts';
import { collect } from '../../support/collect.ts';
import { test } from '../../support/job-fixture.ts';
import { rawMetadata } from '../../support/test-job.ts';

const startMs = Date.UTC(2026, 0, 20, 7);

function event(seconds: number, id: string, status: string, partition = 0): { partition: number; value: string } {
  return { partition, value: JSON.stringify({ id, ts: new Date(startMs + seconds * 1000).toISOString(), status }) };
}

/** Rows of tables of the lake, without those that were replaced. */
async function query(lake: string, sql: string): Promise<unknown[]> {
  return runQuery(sql, { lake }, async ({ blocks }) => (await collect(blocks)).flat());
}

test('running state, sessions and changes go on from batch to batch', async ({ kafka, createJob, lakeFolder }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(event(1, 'a', 'on'), event(2, 'b', 'on', 1), event(3, 'a', 'on'), event(40, 'a', 'off'));
  const path = (name: string): string => `${lakeFolder}/${name}`;
  const job = await createJob({
    topics: [topic.name],
    document: {
      steps: {
        parse: { format: 'json', schema: { id: 'string', ts: 'timestamp', status: 'string' } },
        metadata: rawMetadata,
      },
      outputs: {
        by_id: { path: path('by_id'), groupBy: ['id'], aggregates: { seen: 'count(*)', newest: 'last(status)' } },
        sessions: {
          ...{ path: path('sessions'), window: { session: '30 seconds' }, eventTime: 'ts', watermark: '10 minutes' },
          ...{
            groupBy: ['id'],
            aggregates: { seen: 'count(*)', states: 'approx_count_distinct(status)' },
            mode: 'update',
          },
        },
        changes: { path: path('changes'), changes: { key: ['id'], of: ['status'] } },
      },
    },
  });
  await job.start();
  await job.untilCaughtUp();
  await topic.send(event(20, 'a', 'off'), event(100, 'b', 'on', 1), event(50, 'a', 'on'));
  await job.untilCaughtUp();
  expect(await query(lakeFolder, 'SELECT id, seen::INTEGER, newest FROM by_id ORDER BY ALL')).toEqual([
    ['a', 5, 'on'],
    ['b', 2, 'on'],
  ]);
  const seconds = (column: string): string => `CAST(epoch(${column}) - ${startMs / 1000} AS INTEGER)`;
  const span = [seconds('window_start'), seconds('window_end')].join(', ');
  const sessions = `SELECT id, ${span}, seen::INTEGER, states::INTEGER FROM sessions ORDER BY ALL`;
  expect(await query(lakeFolder, sessions)).toEqual([
    ['a', 1, 80, 5, 2],
    ['b', 2, 32, 1, 1],
    ['b', 100, 130, 1, 1],
  ]);
  const changes = `SELECT id, ${seconds('ts')}, previous_status, status FROM changes ORDER BY ALL`;
  expect(await query(lakeFolder, changes)).toEqual([
    ['a', 1, null, 'on'],
    ['a', 40, 'on', 'off'],
    ['a', 50, 'off', 'on'],
    ['b', 2, null, 'on'],
  ]);
  await job.expectVerified(7);
});
