import type { Message } from 'kafkajs';
import { expect } from 'vitest';
import { loadState } from '../../src/lake/table/table-log.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { test } from '../support/own-worker.ts';
import { queryTable } from '../support/query-table.ts';
import { rawMetadata } from '../support/test-job.ts';
import { untilTrue } from '../support/until-true.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const partitions = 3;
const perRound = 240;

interface Change {
  readonly id: string;
  readonly kind: 'upsert' | 'delete' | 'tombstone';
  readonly value: number;
}

/** Changes of a few keys, again and again: some come back after they were removed. */
function changesOf(round: number): Change[] {
  return Array.from({ length: perRound }, (_, index) => {
    const number = round * perRound + index;
    const turn = (number * 7919) % 20;
    const kind = turn < 3 ? 'tombstone' : turn < 5 ? 'delete' : 'upsert';
    return { id: `key-${(number * 31 + round) % 47}`, kind, value: number };
  });
}

function message({ id, kind, value }: Change): Message {
  const partition = Number(id.slice(4)) % partitions;
  const row = JSON.stringify({ value, op: kind === 'delete' ? 'd' : 'u' });
  return { partition, key: id, value: kind === 'tombstone' ? null : row };
}

test('a merged table holds the last state of each key, however often the worker is killed between its commits', async ({
  kafka,
  createJob,
  lakeFolder,
  taskQueue,
}) => {
  const topic = await kafka.createTopic({ partitions, config: { 'cleanup.policy': 'compact' } });
  const job = await createJob({
    topics: [topic.name],
    source: { maxOffsetsPerTrigger: 100 },
    document: {
      trigger: '10 ms',
      steps: {
        parse: {
          format: 'json',
          schema: { value: 'int', op: 'string' },
          key: { format: 'string', as: 'id' },
        },
        malformed: { tombstones: 'keep' },
        metadata: rawMetadata,
      },
      outputs: {
        current: { merge: { key: ['id'], deleteWhen: `op = 'd'` }, path: `${lakeFolder}/current` },
      },
    },
  });
  const current = openObjectStore(`${lakeFolder}/current`);
  const versionOf = async (): Promise<number> => (await loadState(current))?.version ?? -1;
  const state = new Map<string, number>();
  let worker = await startWorkerProcess({ taskQueue });
  try {
    await job.start();
    for (const round of [0, 1, 2]) {
      const changes = changesOf(round);
      const before = await versionOf();
      await topic.send(...changes.map(message));
      for (const { id, kind, value } of changes) {
        if (kind === 'upsert') state.set(id, value);
        else state.delete(id);
      }
      // Right after a commit of the output, which comes before that of the job's table.
      await untilTrue(async () => (await versionOf()) > before + round);
      await worker.kill();
      worker = await startWorkerProcess({ taskQueue });
    }
    await job.untilCaughtUp();
    const expected = [...state].map(([id, value]) => `${id} ${value} u`).toSorted();
    expect(await queryTable(current, 'SELECT id, value, op FROM t ORDER BY id')).toEqual(expected);
    await job.expectVerified(3 * perRound);
  } finally {
    await worker.kill();
  }
});
