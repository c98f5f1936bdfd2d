import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import kafkajs, { Kafka, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs';
import { BronzeError, errorMessage } from '../errors.ts';
import type { KafkaSecurity, KafkaSource } from '../model/job/job-spec.ts';
import { resolveReferences } from './connection-options.ts';

/**
 * How producers and administrators of a cluster that answers try again, for some 40 seconds: topic partitions that were
 * just created, or whose broker starts again, have no leader for a while.
 */
export const requestRetry: RetryOptions = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 2000, retries: 25 };

/** A kafkajs client, which produces and administers; reading is `openKafka`. Connects on first use. */
export function openKafkaJs(
  source: Pick<KafkaSource, 'bootstrapServers' | 'security'>,
  env: NodeJS.ProcessEnv = process.env,
): Kafka {
  restIdleRequestQueues();
  const { security } = source;
  return new Kafka({
    clientId: 'kafka-bronze',
    brokers: [...source.bootstrapServers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5000,
    retry: { retries: 4 },
    ...(security?.tls && { ssl: security.caFile === undefined ? true : { ca: [readFileSync(security.caFile)] } }),
    ...(security?.sasl && { sasl: saslOptions(security.sasl, env) }),
  });
}

/** What kafkajs threw, as an error of ours; whatever else was thrown stays as it is. */
export function kafkaJsFailure(error: unknown, doing: string): unknown {
  // Not a named export that Node can see.
  if (!(error instanceof kafkajs.KafkaJSError)) return error;
  const code = error instanceof kafkajs.KafkaJSSASLAuthenticationError ? 'KAFKA_AUTHENTICATION' : 'KAFKA_UNAVAILABLE';
  return new BronzeError(code, `${doing}: ${errorMessage(error)}`, { cause: error });
}

function saslOptions(sasl: NonNullable<KafkaSecurity['sasl']>, env: NodeJS.ProcessEnv): SASLOptions {
  const username = resolveReferences(sasl.username, env);
  const password = resolveReferences(sasl.password, env);
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

let restored = false;

/**
 * kafkajs 2.2 looks for queued requests every millisecond for as long as it is connected, by way of a negative timeout,
 * of which Node 24 warns (tulios/kafkajs#1751). A queue that holds nothing needs no such look: the next request starts it.
 */
function restIdleRequestQueues(): void {
  if (restored) return;
  restored = true;
  const load: (path: string) => { prototype: RequestQueue } = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue');
  const { scheduleCheckPendingRequests } = prototype;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
