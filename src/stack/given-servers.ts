import { Connection } from '@temporalio/client';
import { BronzeError, errorMessage } from '../errors.ts';
import { givenTemporalAddress, temporalConnectionOptions } from '../temporal/connection.ts';
import { isPortOpen } from './free-ports.ts';
import type { ServerName } from './server-name.ts';

/** A server that somebody else runs and the environment names. */
export interface GivenServer {
  readonly address: string;
  /** What named it, for people. */
  readonly origin: string;
}

export function givenServers(env: NodeJS.ProcessEnv): Readonly<Partial<Record<ServerName, GivenServer>>> {
  const kafkaVariable = ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKER'].find((name) => (env[name] ?? '') !== '');
  const kafka = kafkaVariable === undefined ? undefined : env[kafkaVariable];
  const temporal = givenTemporalAddress(env);
  const s3Variable = ['S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].find(
    (name) => (env[name] ?? '') !== '',
  );
  const s3 = s3Variable === undefined ? undefined : env[s3Variable];
  const registry = env['SCHEMA_REGISTRY_URL'] ?? '';
  return {
    ...(registry === '' ? {} : { registry: { address: registry, origin: 'named by SCHEMA_REGISTRY_URL' } }),
    ...(s3 === undefined ? {} : { s3: { address: s3, origin: `named by ${s3Variable ?? ''}` } }),
    ...(kafka === undefined ? {} : { kafka: { address: kafka, origin: `named by ${kafkaVariable ?? ''}` } }),
    ...(temporal === undefined
      ? {}
      : {
          temporal: {
            address: temporal,
            origin: env['TEMPORAL_ADDRESS'] ? 'named by TEMPORAL_ADDRESS' : 'of your Temporal profile',
          },
        }),
  };
}

/**
 * @throws BronzeError KAFKA_UNAVAILABLE, TEMPORAL_UNAVAILABLE, STORAGE_UNAVAILABLE or REGISTRY_UNAVAILABLE where the server does not answer.
 */
export async function checkGivenServer(name: ServerName, server: GivenServer, env: NodeJS.ProcessEnv): Promise<void> {
  switch (name) {
    case 'kafka': {
      const answers = await Promise.all(server.address.split(',').map(isAddressOpen));
      if (answers.includes(true)) return;
      throw new BronzeError(
        'KAFKA_UNAVAILABLE',
        `Nothing answers at Kafka's address ${server.address}, ${server.origin}.`,
      );
    }
    case 'registry': {
      if (await isAddressOpen(new URL(server.address).origin)) return;
      throw new BronzeError(
        'REGISTRY_UNAVAILABLE',
        `Nothing answers at the Schema Registry ${server.address}, ${server.origin}.`,
      );
    }
    case 's3': {
      if (await isAddressOpen(server.address)) return;
      throw new BronzeError('STORAGE_UNAVAILABLE', `Nothing answers at the store ${server.address}, ${server.origin}.`);
    }
    case 'temporal': {
      const { connectionOptions } = temporalConnectionOptions(env);
      try {
        // The client goes on trying to connect for seconds: ask first whether anybody listens.
        if (!(await isAddressOpen(server.address))) throw new Error('nothing listens there');
        await (await Connection.connect({ ...connectionOptions, connectTimeout: '10s' })).close();
      } catch (error) {
        throw new BronzeError(
          'TEMPORAL_UNAVAILABLE',
          `No Temporal answers at ${server.address}, ${server.origin}: ${errorMessage(error)}`,
          { cause: error },
        );
      }
    }
  }
}

async function isAddressOpen(address: string): Promise<boolean> {
  const [, scheme, host, port] = /^\s*(?:(\w+):\/\/)?\[?(.+?)\]?(?::(\d+))?\/?\s*$/.exec(address) ?? [];
  const usual = scheme === 'http' ? 80 : scheme === 'https' ? 443 : undefined;
  if (host === undefined || (port ?? usual) === undefined) return false;
  return isPortOpen(host, Number(port ?? usual), 5_000);
}
