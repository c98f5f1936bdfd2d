import type { BrokerConnections } from './broker-connections.ts';
import type { ClusterLookups } from './cluster-lookups.ts';

/** What one call of `readRanges` works with. */
export interface ReadContext {
  /** Fetches go here, and nothing else: they are long polls. */
  readonly fetchConnections: BrokerConnections;
  readonly connections: BrokerConnections;
  readonly lookups: ClusterLookups;
  readonly retryTimeoutMs: number;
}
