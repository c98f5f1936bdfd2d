import type { ServerName } from './server-name.ts';

type PortsOf = (env: NodeJS.ProcessEnv) => readonly number[];

/** The ports that a user expects, the address first; compose.yml has the same names and defaults. */
export const preferredPorts: Readonly<Record<ServerName, PortsOf>> = {
  kafka: (env) => [portOf(env['KAFKA_PORT'], 9094), portOf(env['KAFKA_CONTROLLER_PORT'], 9095)],
  temporal: (env) => [portOf(env['TEMPORAL_PORT'], 7233), portOf(env['TEMPORAL_UI_PORT'], 8233)],
  s3: (env) => [portOf(env['S3_PORT'], 9000), portOf(env['S3_CONSOLE_PORT'], 9001)],
  registry: (env) => [portOf(env['SCHEMA_REGISTRY_PORT'], 8081)],
};

function portOf(value: string | undefined, fallback: number): number {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : fallback;
}
