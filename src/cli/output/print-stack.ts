import { logFileOf } from '../../stack/native-server.ts';
import { serverNames, serverTitles, type ServerName } from '../../stack/server-name.ts';
import { addressesOf, describeRecord } from '../../stack/stack-context.ts';
import type { ServerRecord } from '../../stack/stack-state.ts';

interface ServerDescription {
  readonly address: string | undefined;
  readonly webUi?: string | undefined;
  readonly console?: string | undefined;
  readonly origin: string;
  readonly pid?: number;
  readonly logFile?: string;
}

interface StackDescription {
  /** For programs. */
  readonly servers: Readonly<Partial<Record<ServerName, ServerDescription>>>;
  /** The same for people. */
  readonly lines: readonly string[];
}

export function describeStack(
  running: Readonly<Partial<Record<ServerName, ServerRecord>>>,
  stateFolder: string,
): StackDescription {
  const addresses = addressesOf(running);
  const servers: Partial<Record<ServerName, ServerDescription>> = {};
  const lines: string[] = [];
  for (const name of serverNames) {
    const record = running[name];
    if (record === undefined) {
      lines.push(`${serverTitles[name].padEnd(8)}  not started by this stack`);
      continue;
    }
    const process = record.kind === 'process' ? { pid: record.pid, logFile: logFileOf(name, stateFolder) } : {};
    const webUi = name === 'temporal' ? { webUi: addresses.temporalUi } : {};
    const webConsole = name === 's3' ? { console: addresses.s3Console } : {};
    servers[name] = { address: addresses[name], ...webUi, ...webConsole, origin: record.origin, ...process };
    lines.push(...describeRecord(name, record, record.origin));
    if (record.kind === 'process') lines.push(`          log ${logFileOf(name, stateFolder)}`);
  }
  return { servers, lines };
}
