import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logTo } from '../../src/stack/progress.ts';
import { startStack } from '../../src/stack/start-stack.ts';
import { wardStack } from './stack-warden.ts';

/**
 * Servers for the whole test run: those that the environment names, and for the rest a stack of its own on free ports
 * in a temporary folder, never the one in `data/`. Both are gone afterwards, even when the run is killed.
 */
export default async function setUpServers(): Promise<() => Promise<void>> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-test-'));
  const endStack = wardStack(stateFolder);
  try {
    const { addresses } = await startStack({ stateFolder, log: logTo(process.stderr), use: 'temporary' });
    // Test files run in child processes, which start later and inherit these.
    process.env['KAFKA_BOOTSTRAP_SERVERS'] = addresses.kafka;
    process.env['TEMPORAL_ADDRESS'] = addresses.temporal;
  } catch (error) {
    await endStack();
    throw error;
  }
  return endStack;
}
