import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minioEnvironment } from '../../src/stack/minio-server.ts';
import { logTo } from '../../src/stack/progress.ts';
import { usualServers } from '../../src/stack/server-name.ts';
import { startStack } from '../../src/stack/start-stack.ts';
import { startSharedWorker } from './shared-worker.ts';
import { wardStack } from './stack-warden.ts';

/**
 * Servers and a worker for the whole test run: those that the environment names, and for the rest a stack of its own on free ports
 * in a temporary folder, never the one in `data/`. Both are gone afterwards, even when the run is killed.
 */
export default async function setUpServers(): Promise<() => Promise<void>> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-test-'));
  const endStack = wardStack(stateFolder);
  const { env } = process;
  try {
    const { addresses } = await startStack({
      stateFolder,
      // A Schema Registry takes long to fetch and to start: the one test of it has its own.
      servers: [...usualServers, 's3'],
      log: logTo(process.stderr),
      use: 'temporary',
    });
    // Test files run in child processes, which start later and inherit these.
    env['KAFKA_BOOTSTRAP_SERVERS'] = addresses.kafka;
    env['TEMPORAL_ADDRESS'] = addresses.temporal;
    if (addresses.s3Console !== undefined) Object.assign(env, minioEnvironment(addresses.s3 ?? '', env));
    const endWorker = await startSharedWorker(env);
    return async () => {
      await endWorker();
      await endStack();
    };
  } catch (error) {
    await endStack();
    throw error;
  }
}
