import { bringUp } from './bring-up.ts';
import { withFolderLock } from './folder-lock.ts';
import { checkGivenServer, givenServers } from './given-servers.ts';
import type { Log } from './progress.ts';
import { serverNames, usualServers, type ServerName, type StackAddresses } from './server-name.ts';
import { addressesOf, describeServer, type StackContext } from './stack-context.ts';
import { killServer, restartServer, stopServers } from './stop-servers.ts';

export interface StackOptions {
  /** Where the servers keep their data, their logs and `stack.json`. One folder is one stack. */
  readonly stateFolder: string;
  /** Default: Kafka and Temporal. */
  readonly servers?: readonly ServerName[];
  readonly log?: Log;
  readonly env?: NodeJS.ProcessEnv;
  /**
   * `shared` (default): servers that the environment names, else ones at the ports that a user expects.
   * `temporary`: the same, but on any free ports. `isolated`: on any free ports, whatever the environment names.
   */
  readonly use?: 'shared' | 'temporary' | 'isolated';
}

export interface RunningStack {
  readonly addresses: StackAddresses;
  /** Stops what the stack of this folder started; `discard` ends the servers at once and deletes their data. */
  stop(options?: { readonly discard?: boolean }): Promise<void>;
  /** Stops the server, if it still runs, and starts it with the same ports and data. */
  restart(server: ServerName): Promise<void>;
  /** Ends the server as a crash would. */
  kill(server: ServerName): Promise<void>;
}

/**
 * Finds or starts the wanted servers and waits until they answer. Per server, the first that applies:
 * named by the environment, started earlier by the stack of this folder, a running container engine, a program on PATH
 * or in the cache, one fetched into the cache. Calls for one folder wait for each other.
 * @throws BronzeError PREREQUISITE_MISSING, SERVER_NOT_READY, and that a server which the environment names does not answer.
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const use = options.use ?? 'shared';
  const context: StackContext = {
    stateFolder: options.stateFolder,
    env: options.env ?? process.env,
    log: options.log ?? (() => undefined),
    anyPorts: use !== 'shared',
  };
  const wanted = serverNames.filter((name) => (options.servers ?? usualServers).includes(name));
  const given = use === 'isolated' ? {} : givenServers(context.env);
  const addresses: Record<string, string> = {};
  const own: ServerName[] = [];
  for (const name of wanted) {
    const server = given[name];
    if (server === undefined) {
      own.push(name);
      continue;
    }
    await checkGivenServer(name, server, context.env);
    addresses[name] = server.address;
    context.log(describeServer(name, server.address, server.origin));
  }
  if (own.length > 0) Object.assign(addresses, addressesOf(await locked(context, () => bringUp(own, context))));
  return runningStack(addresses, context);
}

/** Stops what the stack of a folder has started, and nothing else; does nothing where it started nothing. */
export async function stopStack(
  stateFolder: string,
  options: { readonly discard?: boolean; readonly log?: Log } = {},
): Promise<void> {
  const context: StackContext = {
    stateFolder,
    env: process.env,
    log: options.log ?? (() => undefined),
    anyPorts: true,
  };
  await locked(context, () => stopServers(context, options.discard ?? false));
}

function runningStack(addresses: StackAddresses, context: StackContext): RunningStack {
  return {
    addresses,
    stop: ({ discard = false } = {}) => locked(context, () => stopServers(context, discard)),
    restart: (server) => locked(context, () => restartServer(server, context)),
    kill: (server) => locked(context, () => killServer(server, context)),
  };
}

/** The first start can build Temporal, so a second one waits long. */
async function locked<T>(context: StackContext, work: () => Promise<T>): Promise<T> {
  return withFolderLock(
    context.stateFolder,
    1_800_000,
    () => context.log('Waiting for another start or stop of this stack …'),
    work,
  );
}
