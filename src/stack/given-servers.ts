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
  return {
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
 * @throws BronzeError KAFKA_UNAVAILABLE or TEMPORAL_UNAVAILABLE where the server does not answer.
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
  const [, host, port] = /^\s*(?:\w+:\/\/)?\[?(.+?)\]?:(\d+)\s*$/.exec(address) ?? [];
  if (host === undefined) return false;
  return isPortOpen(host, Number(port), 5_000);
}
