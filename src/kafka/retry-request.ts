import { setTimeout as delay } from 'node:timers/promises';
import type { BronzeError } from '../errors.ts';
import { kafkaFailure } from './kafka-errors.ts';

const firstDelayMs = 20;
const longestDelayMs = 500;
const giveUpAfterMs = 30_000;

/**
 * Repeats a request that is safe to repeat while leaders and coordinators move, or the end of an earlier Kafka
 * transaction is still being written. Throws the last failure after half a minute, and what no repetition can mend at once.
 */
export async function retryRequest<R>(
  doing: string,
  request: () => Promise<R>,
  { signal, mend }: { readonly signal: AbortSignal; readonly mend: () => void },
): Promise<R> {
  const giveUpAtMs = performance.now() + giveUpAfterMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(longestDelayMs, delayMs * 2)) {
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      const failure: BronzeError = kafkaFailure(error, doing);
      const isRepeatable = failure.code === 'KAFKA_UNAVAILABLE' || failure.code === 'TOPIC_NOT_FOUND';
      if (!isRepeatable || performance.now() >= giveUpAtMs) throw failure;
      mend();
    }
    await delay(delayMs);
  }
}
