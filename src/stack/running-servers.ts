import { isPortOpen } from './free-ports.ts';
import { isRunning } from './process-identity.ts';
import { serverNames, type ServerName, type StackAddresses } from './server-name.ts';
import { addressesOf } from './stack-context.ts';
import { readStackState, type ServerRecord } from './stack-state.ts';

/** The servers that the stack of a folder has started and that run now. */
export async function runningServers(
  stateFolder: string,
): Promise<Readonly<Partial<Record<ServerName, ServerRecord>>>> {
  const state = await readStackState(stateFolder);
  const entries = await Promise.all(
    serverNames.map(async (name) => {
      const record = state[name];
      return record !== undefined && (await runs(record)) ? [[name, record] as const] : [];
    }),
  );
  return Object.fromEntries(entries.flat());
}

/** Where they are. */
export async function runningAddresses(stateFolder: string): Promise<StackAddresses> {
  return addressesOf(await runningServers(stateFolder));
}

async function runs(record: ServerRecord): Promise<boolean> {
  return record.kind === 'process' ? isRunning(record) : isPortOpen('127.0.0.1', record.ports[0] ?? 0);
}
