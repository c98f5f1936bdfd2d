import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { BronzeError, errorMessage } from '../errors.ts';

export interface TemporalConnectionOptions {
  /** For `Connection.connect` of the client and `NativeConnection.connect` of the worker alike. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'] & { readonly address: string };
  readonly namespace: string;
}

const defaultAddress = '127.0.0.1:7233';

/**
 * How to reach Temporal, from Temporal's own environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_*, and the profiles of temporal.toml (TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE).
 * `fallbackAddress` is used where they name no address.
 * @throws BronzeError USAGE where that configuration is not valid.
 */
export function temporalConnectionOptions(
  env: NodeJS.ProcessEnv = process.env,
  fallbackAddress: string = defaultAddress,
): TemporalConnectionOptions {
  const { connectionOptions, namespace } = load(env);
  return {
    connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? fallbackAddress },
    namespace: namespace ?? 'default',
  };
}

/** The address that the user's environment names, or undefined where Temporal is left to the local stack. */
export function givenTemporalAddress(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return load(env).connectionOptions.address;
}

function load(env: NodeJS.ProcessEnv): ClientConnectConfig {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars: variables });
  } catch (error) {
    throw new BronzeError('USAGE', `Temporal's configuration is not valid: ${errorMessage(error)}`, { cause: error });
  }
}
