import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findJava } from './java.ts';
import { registryApiPath } from './registry-api-path.ts';
import { findRegistryProgram, registryJar, type RegistryProgram } from './registry-program.ts';
import type { ServerKind } from './server-kind.ts';
import type { Launch } from './server-process.ts';

/** Apicurio Registry with its schemas in a file, so that their ids outlive it as the records do that name them. */
export const registryServer: ServerKind = {
  name: 'registry',
  readyTimeoutMs: 120_000,
  stopTimeoutMs: 10_000,
  probe: probeRegistry,
  async findProgram(context) {
    const alternatives = 'start a container engine (Docker), or set SCHEMA_REGISTRY_URL to a running Schema Registry';
    const java = await findJava(context.env, { title: 'Apicurio Registry', alternatives });
    const program = await findRegistryProgram(context);
    return { origin: program.origin, prepareLaunch: (folder, ports) => prepareLaunch(java, program, folder, ports) };
  },
};

async function probeRegistry(address: string): Promise<void> {
  const answer = await fetch(`http://${address}${registryApiPath}/subjects`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`the registry at ${address} answers ${answer.status}`);
}

async function prepareLaunch(
  java: string,
  program: RegistryProgram,
  folder: string,
  ports: readonly number[],
): Promise<Launch> {
  const [port] = ports;
  if (port === undefined) throw new Error('The registry needs a port.');
  await mkdir(folder, { recursive: true });
  return {
    program: java,
    arguments: ['-Xmx256m', '-jar', join(program.folder, registryJar)],
    env: {
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(port),
      QUARKUS_LOG_LEVEL: 'WARN',
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(folder, 'data', 'registry')}`,
    },
    cwd: folder,
    logFile: join(folder, 'registry.log'),
  };
}
