import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerName } from '../../src/stack/server-name.ts';
import { startStack, type RunningStack } from '../../src/stack/start-stack.ts';
import { wardStack } from './stack-warden.ts';

/** Kafka of this test run, `host:port`. Every test makes topics of its own there. */
export function kafkaBootstrapServers(): string {
  return fromEnvironment('KAFKA_BOOTSTRAP_SERVERS');
}

/** Temporal of this test run, `host:port`. Every test uses task queues and workflow ids of its own there. */
export function temporalAddress(): string {
  return fromEnvironment('TEMPORAL_ADDRESS');
}

/** Where a worker of this test run waits for jobs, of the shipped jobs folder where they are named. */
export function sharedTaskQueue(): string {
  return fromEnvironment('TEST_TASK_QUEUE');
}

/** A test's context, or `{ onTestFinished: afterAll }` in a hook. */
export interface StackOwner {
  onTestFinished(end: () => Promise<void>, timeoutMs?: number): void;
}

/**
 * Servers of a test's own, for tests that kill or restart them; gone when the test has finished, and also when its
 * process dies. Starting Kafka takes some 6 seconds, a restart after a kill some 14.
 */
export async function startPrivateStack(owner: StackOwner, servers?: readonly ServerName[]): Promise<RunningStack> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-private-'));
  owner.onTestFinished(wardStack(stateFolder), 60_000);
  const env = { ...process.env, KAFKA_HEAP_MB: '384' };
  return startStack({ stateFolder, use: 'isolated', env, ...(servers === undefined ? {} : { servers }) });
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(
    `${name} is not set: integration tests run with "npm run test:integration", which starts the servers.`,
  );
}
