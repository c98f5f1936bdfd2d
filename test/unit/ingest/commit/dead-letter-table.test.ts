import { describe, expect, test } from 'vitest';
import { commitDeadLetters } from '../../../../src/ingest/commit/commit-dead-letters.ts';
import { claimDeadLetters } from '../../../../src/ingest/commit/dead-letter-table.ts';
import { discardUncommittedDeadLetters } from '../../../../src/ingest/commit/pending-dead-letters.ts';
import { epochAppIdOf } from '../../../../src/model/table/app-id.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { stagedBatch, type StagedBatch } from '../../../support/staged-batch.ts';

/** What opening a lane does to its tables while a batch of the epoch before is still about. */
async function openNextEpoch({ connections, rows, request }: StagedBatch): Promise<void> {
  const { spec, plan } = request;
  await commitActions(rows.store, await rows.refresh(), [
    { txn: { appId: epochAppIdOf(plan.job, plan.topic), version: '2' } },
  ]);
  await discardUncommittedDeadLetters(
    {
      connections,
      spec,
      signal: new AbortController().signal,
      discardInFiles: () => Promise.reject(new Error('there is nothing to discard')),
    },
    { topic: 'gps', topicId: 'an-id', epoch: 2, nextBatch: 0, positions: [{ partition: 0, offset: '0' }] },
  );
}

describe('the first dead letters of a batch whose lane was opened anew', () => {
  test('are refused, and make no table', async () => {
    const batch = await stagedBatch();
    await openNextEpoch(batch);

    await expect(commitDeadLetters(batch.connections, batch.request)).rejects.toMatchObject({ code: 'LANE_FENCED' });
    expect(await batch.deadLetters.refresh()).toBeUndefined();
  });

  test('are refused though they were announced before that', async () => {
    const batch = await stagedBatch();
    expect(await claimDeadLetters(batch.rows, batch.request.plan)).toEqual({ kind: 'claimed' });
    await openNextEpoch(batch);

    await expect(commitDeadLetters(batch.connections, batch.request)).rejects.toMatchObject({ code: 'LANE_FENCED' });
    const state = await batch.deadLetters.refresh();
    expect(state?.version).toBe(0);
    expect([...(state?.txns ?? [])]).toEqual([['kafka-bronze/job/gps/epoch', '2']]);
  });
});

test('dead letters are announced once', async () => {
  const { connections, rows, request } = await stagedBatch();
  const before = (await rows.refresh())?.version ?? 0;
  await claimDeadLetters(rows, request.plan);
  await commitDeadLetters(connections, request);

  expect((await rows.refresh())?.version).toBe(before + 1);
});
