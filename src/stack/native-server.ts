import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { cacheFolder } from './cache-folder.ts';
import { choosePorts } from './free-ports.ts';
import { kafkaServer } from './kafka-server.ts';
import { minioServer } from './minio-server.ts';
import { preferredPorts } from './preferred-ports.ts';
import type { Log } from './progress.ts';
import { registryServer } from './registry-server.ts';
import type { ServerKind, ServerProgram } from './server-kind.ts';
import { serverTitles, type ServerName } from './server-name.ts';
import { endProcess, startDetached, waitUntilReady } from './server-process.ts';
import { addressOf } from './stack-context.ts';
import type { ProcessRecord } from './stack-state.ts';
import { temporalServer } from './temporal-server.ts';

const serverKinds: Readonly<Record<ServerName, ServerKind>> = {
  kafka: kafkaServer,
  temporal: temporalServer,
  s3: minioServer,
  registry: registryServer,
};

/** What a native server needs to know of its stack. */
export interface NativeContext {
  readonly stateFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Called as soon as the process exists, before it answers, so that it is never lost sight of. */
  readonly onStarted: (record: ProcessRecord) => Promise<void>;
}

/** `fixed` are the ports that clients know already; `preferred` are given up where somebody else has them. */
export type PortChoice =
  { readonly kind: 'fixed'; readonly ports: readonly number[] } | { readonly kind: 'preferred' | 'any' };

/** Starts a server as a process of this machine and waits until it answers. */
export async function startNativeServer(
  name: ServerName,
  choice: PortChoice,
  context: NativeContext,
): Promise<ProcessRecord> {
  const kind = serverKinds[name];
  const program = await kind.findProgram({ env: context.env, cache: cacheFolder(context.env), log: context.log });
  const attempts = choice.kind === 'fixed' ? 1 : 3;
  for (let attempt = 1; ; attempt++) {
    const ports = await resolvePorts(kind, choice, context.env);
    try {
      return await startOnce(kind, program, ports, context);
    } catch (error) {
      // Between the choice of a port and its use by the server, another program can take it.
      if (attempt >= attempts || !isPortTaken(error)) throw error;
    }
  }
}

/** Waits until a server that runs already answers. */
export async function waitForNativeServer(name: ServerName, record: ProcessRecord, stateFolder: string): Promise<void> {
  const kind = serverKinds[name];
  await waitUntilReady(serverTitles[name], record, () => kind.probe(addressOf(record)), {
    timeoutMs: kind.readyTimeoutMs,
    logFile: logFileOf(name, stateFolder),
  });
}

/** Ends the process; `discard` does so at once, for a server whose state nobody wants. */
export async function stopNativeServer(name: ServerName, record: ProcessRecord, discard: boolean): Promise<void> {
  await endProcess(record, discard ? 0 : serverKinds[name].stopTimeoutMs);
}

export function logFileOf(name: ServerName, stateFolder: string): string {
  return join(stateFolder, name, `${name}.log`);
}

async function startOnce(
  kind: ServerKind,
  program: ServerProgram,
  ports: readonly number[],
  context: NativeContext,
): Promise<ProcessRecord> {
  const launch = await program.prepareLaunch(join(context.stateFolder, kind.name), ports);
  const identity = await startDetached(launch);
  const record: ProcessRecord = { kind: 'process', ...identity, ports: [...ports], origin: program.origin };
  await context.onStarted(record);
  try {
    await waitForNativeServer(kind.name, record, context.stateFolder);
  } catch (error) {
    await endProcess(record, 0);
    throw error;
  }
  return record;
}

async function resolvePorts(kind: ServerKind, choice: PortChoice, env: NodeJS.ProcessEnv): Promise<readonly number[]> {
  switch (choice.kind) {
    case 'fixed':
      return choice.ports;
    case 'preferred':
      return choosePorts(preferredPorts[kind.name](env).map((port) => [port]));
    case 'any':
      return choosePorts(preferredPorts[kind.name](env).map(() => []));
  }
}

function isPortTaken(error: unknown): boolean {
  return (
    error instanceof BronzeError && /address already in use|failed to bind|port is already in use/i.test(error.message)
  );
}
