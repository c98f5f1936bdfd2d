import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { projectRoot } from './project-root.ts';
import { findOnPath, lastLines, runCommand } from './run-command.ts';
import { usualServers, type ServerName } from './server-name.ts';

/** A way to run compose.yml: `docker compose` or `docker-compose`. */
export interface ContainerEngine {
  readonly command: readonly [program: string, ...leading: string[]];
}

/** The ports of this machine that compose.yml publishes, by the names it reads them from. */
export type ComposePorts = Readonly<Record<string, number>>;

/** The container engine of this machine, if one is running and can run compose files. */
export async function findContainerEngine(env: NodeJS.ProcessEnv): Promise<ContainerEngine | undefined> {
  const docker = await findOnPath('docker', env);
  if (docker === undefined) return undefined;
  const info = await runCommand(docker, ['info'], { env, timeoutMs: 10_000 });
  if (info.exitCode !== 0) return undefined;
  const plugin = await runCommand(docker, ['compose', 'version'], { env, timeoutMs: 10_000 });
  if (plugin.exitCode === 0) return { command: [docker, 'compose'] };
  const standalone = await findOnPath('docker-compose', env);
  if (standalone === undefined) return undefined;
  const version = await runCommand(standalone, ['version', '--short'], { env, timeoutMs: 10_000 });
  // Version 1 reads the file, but cannot wait for health.
  return version.exitCode !== 0 || version.output.startsWith('1.') ? undefined : { command: [standalone] };
}

/** Starts the servers' containers and waits until they are healthy; images are pulled when they are missing. */
export async function composeUp(
  engine: ContainerEngine,
  project: string,
  ports: ComposePorts,
  servers: readonly ServerName[],
): Promise<void> {
  const env = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  // With Kafka and Temporal wanted the sample topics are made too; one alone must not pull the other in.
  const alone = usualServers.every((name) => servers.includes(name)) ? [] : ['--no-deps'];
  await compose(engine, project, ['up', '-d', '--wait', ...alone, ...servers], env);
}

/** Ends the container of a server; its data stays. `kill` does it as a crash would. */
export async function composeStop(
  engine: ContainerEngine,
  project: string,
  server: ServerName,
  action: 'stop' | 'kill',
): Promise<void> {
  await compose(engine, project, [action, server]);
}

/** Removes all containers of a project and, with `discard`, their data. */
export async function composeDown(engine: ContainerEngine, project: string, discard: boolean): Promise<void> {
  await compose(engine, project, ['down', ...(discard ? ['--volumes', '--timeout', '0'] : [])]);
}

async function compose(
  engine: ContainerEngine,
  project: string,
  action: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const [program, ...leading] = engine.command;
  const file = join(projectRoot, 'compose.yml');
  const { exitCode, output } = await runCommand(
    program,
    [...leading, '--project-name', project, '--file', file, ...action],
    { env },
  );
  if (exitCode === 0) return;
  throw new BronzeError(
    'SERVER_NOT_READY',
    `The container engine could not do "${action.join(' ')}". The end of its output:\n${lastLines(output, 15)}`,
  );
}
