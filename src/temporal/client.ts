import { Client, Connection } from '@temporalio/client';
import type { TemporalConnectionOptions } from './connection.ts';
import { temporalUnavailable } from './unavailable.ts';

/** Connects, runs `use`, and closes. Throws TEMPORAL_UNAVAILABLE with the address when the server does not answer. */
export async function withClient<T>(
  options: TemporalConnectionOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await connect(options);
  try {
    return await use(new Client({ connection, namespace: options.namespace }));
  } finally {
    await connection.close();
  }
}

async function connect({ connectionOptions }: TemporalConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
  } catch (error) {
    throw temporalUnavailable(connectionOptions.address, error);
  }
}
