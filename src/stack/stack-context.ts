import type { Log } from './progress.ts';
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

/** The same for a server of the stack, with the line of its Web UI if it has one. */
export function describeRecord(name: ServerName, record: ServerRecord, origin: string): string[] {
  const line = describeServer(name, addressOf(record), origin);
  return name === 'temporal' ? [line, `Web UI    ${uiAddressOf(record)}`] : [line];
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
      : { temporal: addressOf(state.temporal), temporalUi: uiAddressOf(state.temporal) }),
  };
}

/** Temporal's second port is its Web UI's. */
function uiAddressOf(record: ServerRecord): string {
  return `http://127.0.0.1:${record.ports[1] ?? 0}`;
}
