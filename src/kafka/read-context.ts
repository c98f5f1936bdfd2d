import type { BrokerConnections } from './broker-connections.ts';

/** What one call of `readRanges` works with. */
export interface ReadContext {
  /** Fetches go here, and nothing else: they are long polls. */
  readonly fetchConnections: BrokerConnections;
  readonly connections: BrokerConnections;
  readonly retryTimeoutMs: number;
}
