import type { JobSpec } from '../../model/job/job-spec.ts';
import type { Connections } from '../connections.ts';

/**
 * Asks the leaders of a topic whether they are there. A share whose broker does not answer would hold an engine process
 * until it gives up, again and again, and topics whose brokers answer would wait for their turn.
 * @throws BronzeError KAFKA_UNAVAILABLE, TOPIC_NOT_FOUND.
 */
export async function requireLeaders(connections: Connections, spec: JobSpec, topic: string): Promise<void> {
  await connections.kafka(spec.source).listOffsets(topic, { at: 'latest', isolation: spec.source.isolationLevel });
}
