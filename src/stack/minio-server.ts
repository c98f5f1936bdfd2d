import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findGoProgram, type GoModule } from './go-program.ts';
import type { ServerKind } from './server-kind.ts';
import type { Launch } from './server-process.ts';

/** The last release of the community edition, by its date; there are no tags that Go understands. */
const minio: GoModule = {
  title: 'MinIO',
  program: 'minio',
  package: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  shortVersion: '2026-02-12',
  alternatives:
    'install MinIO (brew install minio), or start a container engine (Docker), or set S3_ENDPOINT to a running store',
};

/** The buckets of the sample jobs, which are there once the server is. */
export const sampleBuckets: readonly string[] = ['rideshare-bronze', 'rideshare-checkpoints', 'my-bucket', 'data-lake'];

/** MinIO on one folder, with its console: a store that speaks S3. */
export const minioServer: ServerKind = {
  name: 's3',
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 10_000,
  probe: probeMinio,
  async findProgram(context) {
    const { path, origin } = await findGoProgram(minio, context);
    return { origin, prepareLaunch: (folder, ports) => prepareLaunch(path, folder, ports, context.env) };
  },
};

/** What makes a program use the MinIO that this stack has started. */
export function minioEnvironment(url: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { user, password } = rootUser(env);
  return { S3_ENDPOINT: url, S3_ACCESS_KEY: user, S3_SECRET_KEY: password };
}

/** Whom the server is started for: the one of the environment, else MinIO's own default. */
function rootUser(env: NodeJS.ProcessEnv): { readonly user: string; readonly password: string } {
  return {
    user: env['MINIO_ROOT_USER'] || env['S3_ACCESS_KEY'] || 'minioadmin',
    password: env['MINIO_ROOT_PASSWORD'] || env['S3_SECRET_KEY'] || 'minioadmin',
  };
}

/** It reads and writes. */
async function probeMinio(address: string): Promise<void> {
  const answer = await fetch(`http://${address}/minio/health/ready`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`MinIO at ${address} answers ${answer.status}`);
}

async function prepareLaunch(
  program: string,
  folder: string,
  ports: readonly number[],
  env: NodeJS.ProcessEnv,
): Promise<Launch> {
  const [port, consolePort] = ports;
  if (port === undefined || consolePort === undefined) throw new Error('MinIO needs two ports.');
  const dataFolder = join(folder, 'data');
  // On a single folder, a bucket is a folder.
  for (const bucket of sampleBuckets) await mkdir(join(dataFolder, bucket), { recursive: true });
  const { user, password } = rootUser(env);
  return {
    program,
    arguments: [
      'server',
      ...['--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`],
      dataFolder,
    ],
    env: { MINIO_ROOT_USER: user, MINIO_ROOT_PASSWORD: password, MINIO_UPDATE: 'off' },
    cwd: folder,
    logFile: join(folder, 's3.log'),
  };
}
