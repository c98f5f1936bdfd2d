import type { Message } from 'kafkajs';
import { expect } from 'vitest';
import { runQuery } from '../../src/lake/query/query.ts';
import { test } from '../support/job-fixture.ts';
import { lateScenario } from '../support/windows/random-scenarios.ts';
import type { Reading } from '../support/windows/scenario.ts';
import { startSparkAverages, type Average } from './spark-averages.ts';

const ids = ['a', 'b', 'c', 'closing'];

/** Readings of sensors, many of them too late for a watermark of 30 seconds. */
const { batches } = lateScenario({
  name: 'averages of sensors',
  ...{ seed: 4, count: 400, batches: 5, partitions: 1 },
  ...{ shape: { kind: 'tumbling', sizeMs: 10_000 }, mode: 'update', delayMs: 30_000, disorderMs: 90_000 },
});

function message({ id, at_ms: atMs, value }: Reading): Message {
  const event = { id: ids.indexOf(id), ts: new Date(atMs).toISOString(), value, source: 'test' };
  return { key: id, value: JSON.stringify(event) };
}

async function averagesIn(lake: string, output: string): Promise<Average[]> {
  const sql = `SELECT epoch_ms(window_start)::DOUBLE, id, avg_value, readings::INTEGER FROM '${lake}/${output}'`;
  const rows = await runQuery(sql, { lake }, async ({ blocks }) => {
    const all: (readonly unknown[])[] = [];
    for await (const block of blocks) all.push(...block);
    return all;
  });
  return rows.map(([startMs, id, average, readings]) => ({
    ...{ startMs: Number(startMs), id: Number(id) },
    ...{ average: Number(average), readings: Number(readings) },
  }));
}

/** One line for each; the order in which doubles are added shows in their last digits. */
function linesOf(averages: readonly Average[]): string[] {
  return averages
    .map(({ startMs, id, average, readings }) => `${startMs} ${id} ${average.toFixed(9)} of ${readings}`)
    .toSorted();
}

test('the job events-window makes the averages that Spark makes of the same topic, in update and in append mode', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic();
  const spark = await startSparkAverages(kafka, topic.name);
  for (const batch of batches) {
    await topic.send(...batch.map(message));
    await spark.takeBatch();
  }
  const sparks = await spark.end();

  const aggregates = { avg_value: 'avg(value)', readings: 'count(*)' };
  const windows = { window: { tumbling: '10 seconds' }, eventTime: 'ts', watermark: '30 seconds', groupBy: ['id'] };
  const job = await createJob({
    job: 'events-window',
    topics: [topic.name],
    // Not cut as Spark's batches were.
    source: { maxOffsetsPerTrigger: 37 },
    document: {
      table: { path: `${lakeFolder}/events` },
      deadLetter: { path: `${lakeFolder}/events_dlq` },
      outputs: {
        avg_10s: { path: `${lakeFolder}/update`, aggregates },
        final_10s: { path: `${lakeFolder}/append`, ...windows, aggregates, mode: 'append' },
      },
    },
  });
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.stop(job.name);

  const sent = batches.flat().length;
  for (const mode of ['update', 'append'] as const) {
    const ours = await averagesIn(lakeFolder, mode);
    expect(linesOf(ours)).toEqual(linesOf(sparks[mode]));
    const counted = ours.reduce((sum, { readings }) => sum + readings, 0);
    expect(counted).toBeGreaterThan(sent / 2);
    expect(counted).toBeLessThan(sent - 20);
  }
  await job.expectVerified(sent);
});
