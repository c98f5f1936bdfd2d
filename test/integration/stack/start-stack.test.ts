import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { identifyProcess, isRunning } from '../../../src/stack/process-identity.ts';
import { minioEnvironment, sampleBuckets } from '../../../src/stack/minio-server.ts';
import { readStackState } from '../../../src/stack/stack-state.ts';
import { startStack } from '../../../src/stack/start-stack.ts';
import { openS3ObjectStore } from '../../../src/storage/s3-object-store.ts';
import { startPrivateStack } from '../../support/servers.ts';
import { wardStack } from '../../support/stack-warden.ts';

test('a stack starts, is found again, keeps its topics over a restart and leaves no process', async () => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-stack-'));
  onTestFinished(wardStack(stateFolder), 60_000);
  const options = { stateFolder, use: 'isolated', env: { ...process.env, KAFKA_HEAP_MB: '384' } } as const;

  const stack = await startStack(options);
  await createTopic(stack.addresses.kafka, 'kept');
  expect(await namespacesOf(stack.addresses.temporal)).toContain('default');

  const lines: string[] = [];
  const again = await startStack({ ...options, log: (line) => lines.push(line) });
  expect(again.addresses).toEqual(stack.addresses);
  expect(lines.filter((line) => line.includes('already running'))).toHaveLength(2);

  const before = await readStackState(stateFolder);
  await again.restart('kafka');
  const after = await readStackState(stateFolder);
  expect(after.kafka?.ports).toEqual(before.kafka?.ports);
  expect(after.kafka).not.toEqual(before.kafka);
  expect(await topicsOf(stack.addresses.kafka)).toContain('kept');

  await again.kill('temporal');
  await expect(namespacesOf(stack.addresses.temporal, '2s')).rejects.toThrow();
  await again.restart('temporal');
  expect(await namespacesOf(stack.addresses.temporal)).toContain('default');

  const running = await readStackState(stateFolder);
  await stack.stop();
  expect(await readStackState(stateFolder)).toEqual({});
  for (const record of [running.kafka, running.temporal]) {
    if (record?.kind !== 'process') continue;
    expect(await identifyProcess(record.pid)).not.toEqual({ pid: record.pid, startMark: record.startMark });
    expect(await isRunning(record)).toBe(false);
  }
});

test('two starts of one folder at the same time give one stack', async () => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-stack-'));
  onTestFinished(wardStack(stateFolder), 60_000);
  const start = (): ReturnType<typeof startStack> =>
    startStack({ stateFolder, use: 'isolated', servers: ['temporal'] });
  const [first, second] = await Promise.all([start(), start()]);
  expect(second.addresses).toEqual(first.addresses);
  expect(first.addresses.kafka).toBeUndefined();
});

test('a store of the stack has the buckets of the sample jobs, and its objects outlast a restart', async (t) => {
  const stack = await startPrivateStack(t, ['s3']);
  const s3 = stack.addresses.s3 ?? '';
  for (const bucket of sampleBuckets) {
    const store = openS3ObjectStore(`s3://${bucket}/table`, minioEnvironment(s3, process.env));
    expect(await store.putIfAbsent('_delta_log/0.json', Buffer.from(bucket))).toEqual({ kind: 'created' });
  }
  await stack.restart('s3');
  const store = openS3ObjectStore(`s3://my-bucket/table`, minioEnvironment(s3, process.env));
  expect(Buffer.from((await store.get('_delta_log/0.json')) ?? []).toString()).toBe('my-bucket');
});

async function createTopic(kafka: string | undefined, name: string): Promise<void> {
  await withAdmin(kafka, (admin) => admin.createTopics({ topics: [name], partitions: 1, replicas: 1 }));
}

async function topicsOf(kafka: string | undefined): Promise<string[]> {
  return withAdmin(kafka, (admin) => admin.listTopics());
}

async function withAdmin<T>(kafka: string | undefined, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'stack-test', bootstrapBrokers: [kafka ?? ''] });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function namespacesOf(
  temporal: string | undefined,
  connectTimeout: '2s' | '60s' = '60s',
): Promise<(string | null | undefined)[]> {
  const connection = await Connection.connect({ address: temporal ?? '', connectTimeout });
  try {
    const { namespaces } = await connection.workflowService.listNamespaces({});
    return namespaces.map(({ namespaceInfo }) => namespaceInfo?.name);
  } finally {
    await connection.close();
  }
}
