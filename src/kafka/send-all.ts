import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer, ProducerBatch } from 'kafkajs';
import { BronzeError } from '../errors.ts';

export type PlacedMessage = Message & { readonly partition: number };

/** Messages that each name their topic partition. */
export interface PlacedBatch extends Pick<ProducerBatch, 'compression'> {
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly PlacedMessage[] }[];
}

const retryDelayMs = 100;
const giveUpAfterMs = 30_000;

/**
 * Sends every message, with a producer or in a transaction of one. kafkajs leaves out, without a word, those to a topic
 * partition that its metadata does not know yet; they are sent again until it does, so the producer needs a
 * `metadataMaxAge` that is short. Throws KAFKA_UNAVAILABLE where that does not come to pass.
 */
export async function sendAll(producer: Pick<Producer, 'sendBatch'>, batch: PlacedBatch): Promise<void> {
  const giveUpAtMs = Date.now() + giveUpAfterMs;
  let left = batch.topicMessages;
  for (;;) {
    const sent = await producer.sendBatch({
      ...batch,
      topicMessages: left.map(({ topic, messages }) => ({ topic, messages: [...messages] })),
    });
    const taken = new Set(sent.map(({ topicName, partition }) => `${topicName}/${partition}`));
    left = left
      .map(({ topic, messages }) => ({
        topic,
        messages: messages.filter(({ partition }) => !taken.has(`${topic}/${partition}`)),
      }))
      .filter(({ messages }) => messages.length > 0);
    if (left.length === 0) return;
    if (Date.now() >= giveUpAtMs) {
      const unknown = left.flatMap(({ topic, messages }) => messages.map(({ partition }) => `${topic}/${partition}`));
      throw new BronzeError(
        'KAFKA_UNAVAILABLE',
        `topic partitions without metadata: ${[...new Set(unknown)].join(', ')}`,
      );
    }
    await delay(retryDelayMs);
  }
}
