import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitBatch } from '../../../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../../../src/ingest/commit/commit-dead-letters.ts';
import { stagedBatch } from '../../../support/staged-batch.ts';

describe('a commit that is tried again because nobody heard that it had gone through', () => {
  test('of rows is found in the table, though its list of staged files is gone', async () => {
    const { connections, rows, request } = await stagedBatch();
    const first = await commitBatch(connections, request);
    expect(first).toMatchObject({ kind: 'committed', summary: { version: 1, rows: 200, files: 200 } });
    expect(await readdir(join(rows.store.root, '_staged/job/gps'))).toEqual([]);

    const again = await commitBatch(connections, request);
    expect(again).toMatchObject({ kind: 'committed', summary: { version: 1, rows: 200, files: 200 } });
    expect((await rows.refresh())?.version).toBe(1);
  });

  test('of dead letters is found in their table as well', async () => {
    const { connections, request } = await stagedBatch();
    const first = await commitDeadLetters(connections, request);

    expect(first).toEqual({ kind: 'committed', version: 0 });
    expect(await commitDeadLetters(connections, request)).toEqual(first);
  });
});

// Of a staged batch the Parquet files are not there.
test('a batch that waited for long is not committed without its files, nor are its dead letters', async () => {
  const { connections, rows, deadLetters, request } = await stagedBatch();
  const plan = { ...request.plan, plannedAtMs: Date.now() - 25 * 3_600_000 };

  expect(await commitDeadLetters(connections, { ...request, plan })).toMatchObject({ kind: 'reopen' });
  expect(await deadLetters.refresh()).toBeUndefined();
  expect(await commitBatch(connections, { ...request, plan })).toMatchObject({ kind: 'reopen' });
  await expect(rows.refresh()).resolves.toMatchObject({ version: 0 });
});
