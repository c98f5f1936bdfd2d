import type { Log } from './progress.ts';
import { registryApiPath } from './registry-api-path.ts';
import { serverTitles, type ServerName, type StackAddresses } from './server-name.ts';
import type { ServerRecord, StackState } from './stack-state.ts';

/** What starting and stopping a stack need to know of it. */
export interface StackContext {
  readonly stateFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Any free ports, and with containers a project of its own, instead of those that a user expects. */
  readonly anyPorts: boolean;
}

/** One line for people: which server, where, and how it came to be. */
export function describeServer(name: ServerName, address: string, origin: string): string {
  return `${serverTitles[name].padEnd(8)}  ${address}  (${origin})`;
}

/** The same for a server of the stack, with a line for what it shows people, if it does. */
export function describeRecord(name: ServerName, record: ServerRecord, origin: string): string[] {
  switch (name) {
    case 'kafka':
      return [describeServer(name, addressOf(record), origin)];
    case 'temporal':
      return [describeServer(name, addressOf(record), origin), `Web UI    ${urlOf(record, 1)}`];
    case 's3':
      return [describeServer(name, urlOf(record, 0), origin), `Console   ${urlOf(record, 1)}`];
    case 'registry':
      return [describeServer(name, registryUrl(record), origin)];
  }
}

/** `host:port` of a server of the stack: its first port. */
export function addressOf(record: { readonly ports: readonly number[] }): string {
  return `127.0.0.1:${record.ports[0] ?? 0}`;
}

/** Where the servers of a state are, as far as it has them. */
export function addressesOf(state: StackState): StackAddresses {
  return {
    ...(state.kafka === undefined ? {} : { kafka: addressOf(state.kafka) }),
    ...(state.temporal === undefined
      ? {}
      : { temporal: addressOf(state.temporal), temporalUi: urlOf(state.temporal, 1) }),
    ...(state.s3 === undefined ? {} : { s3: urlOf(state.s3, 0), s3Console: urlOf(state.s3, 1) }),
    ...(state.registry === undefined ? {} : { registry: registryUrl(state.registry) }),
  };
}

function registryUrl(record: ServerRecord): string {
  return `${urlOf(record, 0)}${registryApiPath}`;
}

/** The second port is the one of Temporal's Web UI, or MinIO's console. */
function urlOf(record: ServerRecord, portIndex: 0 | 1): string {
  return `http://127.0.0.1:${record.ports[portIndex] ?? 0}`;
}
