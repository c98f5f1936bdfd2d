import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';
import { formatRange } from '../model/batch/offset-range.ts';
import { withPartialErrors } from './broker-connections.ts';
import type { RangeCursor } from './range-cursor.ts';
import type { ReadContext } from './read-context.ts';
import { fetchWatermarks } from './watermarks.ts';

/**
 * What OFFSET_OUT_OF_RANGE means. Throws OFFSETS_LOST where retention or deletion took the offset: that is final. An
 * offset at or beyond the end may be a leader that lags behind its predecessor, so that is returned, to be retried.
 */
export async function explainOutOfRange(
  context: ReadContext,
  cursor: RangeCursor,
  signal: AbortSignal | undefined,
): Promise<BronzeError> {
  const { topic, partition } = cursor.range;
  const offsetAt = async (at: 'earliest' | 'latest'): Promise<bigint> => {
    const query = { at, isolation: 'read_uncommitted' } as const;
    const request = { topic, partitions: [partition], query, retryTimeoutMs: context.retryTimeoutMs, signal };
    return (await fetchWatermarks(context.lookups, request)).get(partition) ?? 0n;
  };
  const [earliest, latest] = [await offsetAt('earliest'), await offsetAt('latest')];
  const where = `read ${formatRange(cursor.range)}: offset ${cursor.fetchOffset}`;
  if (cursor.fetchOffset < earliest) {
    throw new BronzeError('OFFSETS_LOST', `${where} is gone, the earliest offset is ${earliest} now`);
  }
  if (cursor.fetchOffset > latest) {
    return new BronzeError('OFFSETS_LOST', `${where} does not exist, the topic partition ends at offset ${latest}`);
  }
  return new BronzeError('KAFKA_UNAVAILABLE', `${where} is out of range for its leader, though it should not be`);
}

/** Does the topic's clean-up policy compact it? `false` where the broker does not say. */
export async function isCompacted(context: ReadContext, topic: string): Promise<boolean> {
  const name = 'cleanup.policy';
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [name] };
  const response = await context.connections.onAnyBroker((connection) =>
    withPartialErrors(describeConfigsV4.api.async(connection, [resource], false, false)),
  );
  const policy = response.results.flatMap((result) => result.configs).find((config) => config.name === name);
  return policy?.value?.includes('compact') ?? false;
}
