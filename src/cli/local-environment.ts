import { runningAddresses } from '../stack/running-servers.ts';
import { defaultStateFolder } from '../stack/project-root.ts';
import { givenTemporalAddress } from '../temporal/connection.ts';

/**
 * The environment, completed with the addresses of the local stack where it runs and the environment names no server
 * of its own: so commands in a second terminal find what `npm start` or `bronze stack up` has started.
 */
export async function localEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<NodeJS.ProcessEnv> {
  const { kafka, temporal, registry } = await runningAddresses(defaultStateFolder);
  const hasKafka = (env['KAFKA_BOOTSTRAP_SERVERS'] ?? env['KAFKA_BROKER'] ?? '') !== '';
  return {
    ...env,
    ...(kafka !== undefined && !hasKafka ? { KAFKA_BOOTSTRAP_SERVERS: kafka } : {}),
    ...(registry !== undefined && (env['SCHEMA_REGISTRY_URL'] ?? '') === '' ? { SCHEMA_REGISTRY_URL: registry } : {}),
    ...(temporal !== undefined && givenTemporalAddress(env) === undefined ? { TEMPORAL_ADDRESS: temporal } : {}),
  };
}
