import { createHash } from 'node:crypto';
import { composeUp, findContainerEngine, type ContainerEngine } from './container-engine.ts';
import { containerPorts, portsOf } from './container-ports.ts';
import { startNativeServer, waitForNativeServer } from './native-server.ts';
import { isRunning } from './process-identity.ts';
import { withProgress } from './progress.ts';
import { serverTitles, type ServerName } from './server-name.ts';
import { describeRecord, type StackContext } from './stack-context.ts';
import { StackRecords } from './stack-records.ts';
import { readStackState, type ServerRecord, type StackState } from './stack-state.ts';
import { stopServer } from './stop-servers.ts';

/** Reuses the servers of this folder that run and starts the others. The caller holds the folder's lock. */
export async function bringUp(names: readonly ServerName[], context: StackContext): Promise<StackState> {
  const records = new StackRecords(context.stateFolder, await readStackState(context.stateFolder));
  const missing: ServerName[] = [];
  for (const name of names) {
    const record = records.state[name];
    if (record?.kind === 'process' && (await isRunning(record))) {
      await waitForNativeServer(name, record, context.stateFolder);
      report(name, record, `already running; ${record.origin}`, context);
    } else {
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    const engine = await findContainerEngine(context.env);
    if (engine === undefined) await startProcesses(missing, records, context);
    else await startContainers(engine, missing, records, context);
  }
  return Object.fromEntries(names.map((name) => [name, records.state[name]]));
}

/** Starts the servers side by side; when one fails, those that this call started are stopped again. */
async function startProcesses(
  names: readonly ServerName[],
  records: StackRecords,
  context: StackContext,
): Promise<void> {
  for (const name of names) await records.put(name, undefined);
  const results = await Promise.allSettled(names.map((name) => startProcess(name, records, context)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return;
  for (const name of names) {
    const record = records.state[name];
    if (record !== undefined) await stopServer(name, record, context, false);
    await records.put(name, undefined);
  }
  throw failure.reason;
}

async function startProcess(name: ServerName, records: StackRecords, context: StackContext): Promise<void> {
  const native = { ...context, onStarted: (started: ServerRecord) => records.put(name, started) };
  const record = await withProgress(`Starting ${serverTitles[name]}`, context.log, () =>
    startNativeServer(name, { kind: context.anyPorts ? 'any' : 'preferred' }, native),
  );
  report(name, record, record.origin, context);
}

async function startContainers(
  engine: ContainerEngine,
  names: readonly ServerName[],
  records: StackRecords,
  context: StackContext,
): Promise<void> {
  // The user's stack is compose.yml's own project; any other is named after its folder.
  const suffix = createHash('sha256').update(context.stateFolder).digest('hex').slice(0, 12);
  const project = context.anyPorts ? `kafka-bronze-${suffix}` : 'kafka-bronze';
  const ports = await containerPorts(records.state, context);
  const origin = `container of compose.yml, project ${project}`;
  for (const name of names) {
    await records.put(name, { kind: 'container', project, ports: portsOf(name, ports), origin });
  }
  await withProgress('Starting the containers of compose.yml', context.log, () =>
    composeUp(engine, project, ports, names),
  );
  for (const name of names) {
    const record = records.state[name];
    if (record !== undefined) report(name, record, origin, context);
  }
}

function report(name: ServerName, record: ServerRecord, origin: string, context: StackContext): void {
  for (const line of describeRecord(name, record, origin)) context.log(line);
}
