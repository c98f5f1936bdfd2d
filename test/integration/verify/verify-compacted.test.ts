import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyJob } from '../../../src/verify/verify-job.ts';
import { HandMadeTable } from '../../support/hand-made-table.ts';
import { TestKafka } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

test('rows of records that compaction took since are no difference; a row that was never there is one', async () => {
  const topic = await kafka.createTopic({
    config: {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.001',
      'max.compaction.lag.ms': '100',
    },
  });
  const rounds = 3;
  const keys = 10;
  for (let round = 0; round < rounds; round += 1) {
    await topic.send(...Array.from({ length: keys }, (_, n) => ({ key: `k${n}`, value: `{"round":${round}}` })));
  }
  const { topicId } = (await kafka.reader.describeTopics([topic.name])).get(topic.name)!;
  const end = BigInt(rounds * keys);
  const { bootstrapServers } = kafka;
  const folder = await scratchFolder();
  const table = new HandMadeTable(kafka.reader, { topic: topic.name, topicId, folder, bootstrapServers });
  await table.open([[0, 0n]]);
  await table.ingest([[0, 0n, end]], (batch) => {
    batch.rows = batch.rows.filter(({ offset }) => offset !== end - 1n);
  });

  await expect
    .poll(
      async () => {
        // Whatever was appended last stays; each further append lets the segment before it be cleaned.
        await topic.send({ key: 'roll', value: 'x' });
        return (await verifyJob({ spec: table.spec, kafka: kafka.reader })).comparedRecords;
      },
      { timeout: 300_000, interval: 1000 },
    )
    .toBe(keys);

  const report = await verifyJob({ spec: table.spec, kafka: kafka.reader });
  expect(report.topics[0]?.notes).toEqual([
    `partition 0: ${(rounds - 1) * keys} records were compacted away in Kafka since they were ingested`,
  ]);
  expect(report.differences.map(({ kind, offset }) => [kind, offset])).toEqual([
    ['counts', undefined],
    ['missing', String(end - 1n)],
  ]);
});
