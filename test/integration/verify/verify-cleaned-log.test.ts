import { describe, expect, test, beforeAll, afterAll } from 'vitest';
import { commitPath } from '../../../src/delta/log/log-path.ts';
import { loadState } from '../../../src/lake/table/table-log.ts';
import { keepNotes } from '../../../src/maintain/keep-notes.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { verifyJob } from '../../../src/verify/verify-job.ts';
import type { VerifyReport } from '../../../src/verify/verify-report.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { HandMadeTable, type MadeBatch } from '../../support/hand-made-table.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';
import { numbered } from '../../support/messages.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;
let topic: TestTopic;

beforeAll(async () => {
  kafka = await TestKafka.open();
  topic = await kafka.createTopic();
  await topic.send(...numbered(20, 1));
});

afterAll(() => kafka.close());

/** Batches of ten offsets, damage to the first of them, and a log of which all but the last entry is gone. */
async function verifyCleaned(damage: (batch: MadeBatch) => void, notes: 'kept' | 'gone'): Promise<VerifyReport> {
  const topicId = (await kafka.reader.describeTopics([topic.name])).get(topic.name)!.topicId;
  const at = { topic: topic.name, topicId, folder: await scratchFolder(), bootstrapServers: kafka.bootstrapServers };
  const table = new HandMadeTable(kafka.reader, at);
  await table.open([[0, 0n]]);
  await table.ingest([[0, 0n, 10n]], damage);
  await table.ingest([[0, 10n, 20n]]);
  const store = openObjectStore(table.spec.table.path);
  await checkpointTable(store);
  if (notes === 'kept')
    await keepNotes({ store, tableId: (await loadState(store))!.metaData.id }, [0, 1], new AbortController().signal);
  for (const version of [0, 1]) await store.delete(commitPath(version));
  return verifyJob({ spec: table.spec, kafka: kafka.reader });
}

const loseOffset4 = (batch: MadeBatch): void => {
  batch.rows = batch.rows.filter(({ offset }) => offset !== 4n);
};

describe('of a log that was cleaned up', () => {
  test('with its notes kept, everything is proven as before', async () => {
    const whole = await verifyCleaned(() => undefined, 'kept');
    expect(whole.topics[0]).toMatchObject({ notes: [], partitions: [{ startOffset: '0', verdict: 'same' }] });
    const damaged = await verifyCleaned(loseOffset4, 'kept');
    expect(damaged.differences.map(({ kind, offset }) => [kind, offset])).toEqual([
      ['counts', undefined],
      ['missing', '4'],
    ]);
  });

  test('without its notes, rows are compared, and what they cannot tell is said', async () => {
    const whole = await verifyCleaned(() => undefined, 'gone');
    expect(whole.topics[0]).toMatchObject({ partitions: [{ startOffset: '0', records: 20, verdict: 'same' }] });
    expect(whole.topics[0]?.notes.join()).toContain('the log begins at version 2');

    const unclear = await verifyCleaned(loseOffset4, 'gone');
    expect(unclear).toMatchObject({ same: true, topics: [{ partitions: [{ verdict: 'unproven' }] }] });
    expect(unclear.topics[0]?.notes.join()).toContain('1 records before offset 10 are in neither table');

    const wrong = await verifyCleaned(({ rows }) => (rows[4]!.value = rows[5]!.value), 'gone');
    expect(wrong.differences).toMatchObject([{ kind: 'wrongValue', offset: '4' }]);
  });
});
