import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { Connections } from '../../../src/ingest/connections.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { commitActions } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('lanes that share a table commit one after the other, and none has to write its entry twice', async () => {
  const table = new Connections({ env: {} }).table(join(await scratchFolder(), 'shared'));
  await commitActions(
    table.store,
    undefined,
    newTableActions({ schema: struct(field('n', 'long')), partitionColumns: [] }),
  );
  const base = await table.refresh();
  const commitOf = (lane: number): ReturnType<typeof table.commit> =>
    table.commit({
      base,
      // One that may not commit, or fails, holds up nobody.
      check: () => (lane === 3 ? 'refused' : undefined),
      actions: () => {
        if (lane === 5) throw new Error('a fault of the test');
        return [{ txn: { appId: `lane-${String(lane)}`, version: '1' } }];
      },
      commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {} },
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, lane) => commitOf(lane)));
  const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : { kind: 'failed' }));
  expect(told).toMatchObject(
    Array.from({ length: 20 }, (_, lane) => {
      if (lane === 3) return { kind: 'refused' };
      return lane === 5 ? { kind: 'failed' } : { kind: 'committed', rebases: 0 };
    }),
  );
  expect((await table.refresh())?.txns.size).toBe(18);
});
