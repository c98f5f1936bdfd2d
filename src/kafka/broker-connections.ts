import {
  ConnectionPool,
  ResponseError,
  type Broker,
  type Connection,
  type ConnectionOptions,
} from '@platformatic/kafka';
import { BronzeError, errorMessage } from '../errors.ts';
import { kafkaFailure } from './kafka-errors.ts';

const clientId = 'kafka-bronze';

/**
 * Connections to the brokers of one cluster, opened on first use. A broker answers the requests of one connection one
 * after the other, so whoever sends long polls has a set of its own.
 */
export class BrokerConnections {
  readonly #pool: ConnectionPool;
  /** The one that answered last comes first: others are waited for in vain once, not with every request. */
  #bootstrap: readonly Broker[];

  constructor(bootstrap: readonly Broker[], options: ConnectionOptions) {
    this.#bootstrap = bootstrap;
    this.#pool = new ConnectionPool(clientId, options);
    // A late socket error of a connection that nobody waits for must not end the process.
    this.#pool.on('connecting', ({ connection }) => connection.on('error', () => {}));
  }

  /** Throws KAFKA_UNAVAILABLE or KAFKA_AUTHENTICATION. */
  async to(broker: Broker): Promise<Connection> {
    try {
      return await this.#pool.get(broker);
    } catch (error) {
      throw kafkaFailure(error, `connect to ${broker.host}:${broker.port}`);
    }
  }

  /** Runs the request on a bootstrap server that can be reached. */
  async onAnyBroker<R>(request: (connection: Connection) => Promise<R>): Promise<R> {
    const failures: BronzeError[] = [];
    for (const broker of this.#bootstrap) {
      try {
        const response = await this.#requestFrom(broker, request);
        if (failures.length > 0) this.#bootstrap = [broker, ...this.#bootstrap.filter((other) => other !== broker)];
        return response;
      } catch (error) {
        const failure = kafkaFailure(error, `${broker.host}:${broker.port}`);
        if (!failure.retryable) throw failure;
        failures.push(failure);
      }
    }
    const addresses = this.#bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ');
    throw new BronzeError(
      failures[0]?.code ?? 'KAFKA_UNAVAILABLE',
      `no Kafka broker of ${addresses} answers (${failures.map(errorMessage).join('; ')})`,
      { cause: failures[0] },
    );
  }

  /** A connection of earlier may have been closed by the broker meanwhile, which shows at the first request only. */
  async #requestFrom<R>(broker: Broker, request: (connection: Connection) => Promise<R>): Promise<R> {
    const connection = await this.to(broker);
    try {
      return await request(connection);
    } catch (error) {
      if (connection.isConnected()) throw error;
      return request(await this.to(broker));
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The response, also where parts of it carry error codes: those are for the caller to judge, one by one. */
export async function withPartialErrors<R>(response: Promise<R>): Promise<R> {
  try {
    return await response;
  } catch (error) {
    // The library throws the parsed response along with the error; its type is that of the call.
    if (error instanceof ResponseError && error['response'] !== undefined) return error['response'] as R;
    throw error;
  }
}
