import { afterAll, beforeAll, expect, it } from 'vitest';
import { openKafkaJs } from '../../../src/kafka/kafkajs-client.ts';
import { sendAll } from '../../../src/kafka/send-all.ts';
import { numbered } from '../../support/messages.ts';
import { TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

it('records for topic partitions that were just added all arrive, once', async () => {
  const topic = await kafka.createTopic();
  const producer = openKafkaJs(kafka).producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
    metadataMaxAge: 2000,
  });
  await producer.connect();
  try {
    const messages = numbered(30, 3).map((message) => ({ ...message, partition: message.partition ?? 0 }));
    await sendAll(producer, { topicMessages: [{ topic: topic.name, messages: messages.slice(0, 1) }] });
    await topic.growTo(3);
    await sendAll(producer, { topicMessages: [{ topic: topic.name, messages: messages.slice(1) }] });
  } finally {
    await producer.disconnect();
  }
  const ends = await kafka.reader.listOffsets(topic.name, { at: 'latest' });
  expect([...ends.values()]).toEqual([10n, 10n, 10n]);
});
