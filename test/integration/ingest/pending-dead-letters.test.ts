import { expect } from 'vitest';
import { commitBatch } from '../../../src/ingest/commit-batch.ts';
import { commitDeadLetters } from '../../../src/ingest/commit-dead-letters.ts';
import { Connections } from '../../../src/ingest/connections.ts';
import type { LaneContext } from '../../../src/ingest/lane-context.ts';
import { openLane } from '../../../src/ingest/open-lane.ts';
import { pollLane } from '../../../src/ingest/poll-lane.ts';
import { createTransformPool } from '../../../src/ingest/transform-pool.ts';
import type { LanePosition } from '../../../src/model/batch.ts';
import type { CommitRequest } from '../../../src/model/lane-requests.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';

const notText = { value: Buffer.from([0xff]) };

test('what a batch left without committing its rows is taken out, and no dead letter of another batch', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
  const { spec } = job;
  const { signal } = new AbortController();
  const connections = new Connections({ env: {} });
  const transforms = createTransformPool({ size: 1, memoryBytes: 256 * 1024 * 1024 });
  const context: LaneContext = {
    connections,
    spec,
    signal,
    discardInFiles: (request) => transforms.discard(request, signal),
  };
  const stage = async (lane: LanePosition): Promise<CommitRequest> => {
    const polled = await pollLane(connections, { spec, lane, notBeforeMs: 0 }, 1, signal);
    if (polled.kind !== 'planned') throw new Error(`nothing to ingest: ${polled.kind}`);
    const { plan } = polled;
    const groups = await Promise.all(plan.groups.map((group) => transforms.transform({ spec, plan, group }, signal)));
    return { spec, plan, groups };
  };
  const deadLetters = async (): Promise<number> => {
    return (await queryLake(job.deadLettersOf(topic.name), 'SELECT 1 FROM t')).length;
  };
  try {
    await topic.send(notText, notText, notText);
    const first = await stage(await openLane(context, { spec, topic: topic.name }));
    await commitDeadLetters(connections, first);
    await commitBatch(connections, first);

    await topic.send(notText, notText);
    await commitDeadLetters(connections, await stage(await openLane(context, { spec, topic: topic.name })));
    expect(await deadLetters()).toBe(5);
    await openLane(context, { spec, topic: topic.name });
    expect(await deadLetters()).toBe(3);

    // The new topic's offsets are those that the dead letters of the deleted one have.
    await topic.recreate();
    await topic.send(notText, notText);
    await commitDeadLetters(connections, await stage(await openLane(context, { spec, topic: topic.name })));
    expect(await deadLetters()).toBe(5);
    await openLane(context, { spec, topic: topic.name });
    expect(await deadLetters()).toBe(3);
  } finally {
    await transforms.close();
    await connections.close();
  }
});
