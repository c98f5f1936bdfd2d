import { findCoordinatorV4, type Connection } from '@platformatic/kafka';
import { withPartialErrors, type BrokerConnections } from './broker-connections.ts';
import { protocolFailure } from './kafka-errors.ts';

/** The key types of FindCoordinator. */
const keyTypes = { group: 0, transaction: 1 } as const;

export type CoordinatorKind = keyof typeof keyTypes;

/** The brokers that keep a consumer group's offsets and a transactional id's state, as they were last seen. */
export class KafkaCoordinators {
  readonly #connections: BrokerConnections;
  readonly #known = new Map<string, { readonly host: string; readonly port: number }>();

  constructor(connections: BrokerConnections) {
    this.#connections = connections;
  }

  /** Throws KAFKA_UNAVAILABLE while there is none. */
  async of(kind: CoordinatorKind, key: string): Promise<Connection> {
    const name = `${kind} ${key}`;
    const broker = this.#known.get(name) ?? (await this.#find(kind, key));
    this.#known.set(name, broker);
    return this.#connections.to(broker);
  }

  /** They may have moved. */
  forget(): void {
    this.#known.clear();
  }

  async #find(kind: CoordinatorKind, key: string): Promise<{ readonly host: string; readonly port: number }> {
    const doing = `find the coordinator of ${kind} ${key}`;
    const { coordinators } = await this.#connections.onAnyBroker((connection) =>
      withPartialErrors(findCoordinatorV4.api.async(connection, keyTypes[kind], [key])),
    );
    const [found] = coordinators;
    if (found?.errorCode !== 0) throw protocolFailure(found?.errorCode ?? -1, doing);
    return { host: found.host, port: found.port };
  }
}
