import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { containerPorts } from './container-ports.ts';
import { composeDown, composeStop, composeUp, findContainerEngine, type ContainerEngine } from './container-engine.ts';
import { BronzeError } from '../errors.ts';
import { startNativeServer, stopNativeServer } from './native-server.ts';
import { serverNames, serverTitles, type ServerName } from './server-name.ts';
import type { StackContext } from './stack-context.ts';
import { StackRecords } from './stack-records.ts';
import { readStackState, type ServerRecord } from './stack-state.ts';

/** Stops every server that the stack of this folder has started; `discard` deletes their data too. */
export async function stopServers(context: StackContext, discard: boolean): Promise<void> {
  const records = new StackRecords(context.stateFolder, await readStackState(context.stateFolder));
  await Promise.all(
    serverNames.map(async (name) => {
      const record = records.state[name];
      if (record?.kind !== 'process') return;
      await stopNativeServer(name, record, discard);
      await records.put(name, undefined);
      context.log(`${serverTitles[name]} stopped`);
    }),
  );
  const container = serverNames.map((name) => records.state[name]).find((record) => record?.kind === 'container');
  if (container?.kind === 'container') {
    await composeDown(await requireEngine(context), container.project, discard);
    for (const name of serverNames) await records.put(name, undefined);
    context.log(`Containers of project ${container.project} stopped`);
  }
  if (!discard) return;
  for (const name of serverNames) await rm(join(context.stateFolder, name), { recursive: true, force: true });
}

/** Stops one server and keeps its data. */
export async function stopServer(
  name: ServerName,
  record: ServerRecord,
  context: StackContext,
  crash: boolean,
): Promise<void> {
  if (record.kind === 'process') await stopNativeServer(name, record, crash);
  else await composeStop(await requireEngine(context), record.project, name, crash ? 'kill' : 'stop');
}

/** Ends a server as a crash would; its record stays, so that it can be started again. */
export async function killServer(name: ServerName, context: StackContext): Promise<void> {
  const { record } = await requireRecord(name, context);
  await stopServer(name, record, context, true);
}

/** Starts a server again with the ports and data it had, after stopping it if it still runs. */
export async function restartServer(name: ServerName, context: StackContext): Promise<void> {
  const { record, records } = await requireRecord(name, context);
  await stopServer(name, record, context, false);
  if (record.kind === 'container') {
    const ports = await containerPorts(records.state, context);
    await composeUp(await requireEngine(context), record.project, ports, [name]);
    return;
  }
  const onStarted = (started: ServerRecord): Promise<void> => records.put(name, started);
  await startNativeServer(name, { kind: 'fixed', ports: record.ports }, { ...context, onStarted });
}

async function requireRecord(
  name: ServerName,
  context: StackContext,
): Promise<{ readonly record: ServerRecord; readonly records: StackRecords }> {
  const records = new StackRecords(context.stateFolder, await readStackState(context.stateFolder));
  const record = records.state[name];
  if (record === undefined) {
    throw new BronzeError(
      'USAGE',
      `${serverTitles[name]} is not of this stack (${context.stateFolder}); it cannot stop it.`,
    );
  }
  return { record, records };
}

async function requireEngine(context: StackContext): Promise<ContainerEngine> {
  const engine = await findContainerEngine(context.env);
  if (engine !== undefined) return engine;
  throw new BronzeError(
    'PREREQUISITE_MISSING',
    'The container engine that runs the servers does not answer: start Docker.',
  );
}
