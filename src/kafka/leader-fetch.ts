import type { Broker } from '@platformatic/kafka';
import type { BronzeError } from '../errors.ts';
import type { BrokerConnections } from './broker-connections.ts';
import type { PartitionLeader } from './cluster-metadata.ts';
import { sendFetch, type FetchResponse } from './fetch-request.ts';
import { kafkaFailure, protocolFailure } from './kafka-errors.ts';
import type { IsolationLevel } from './kafka-reader.ts';
import type { RangeCursor } from './range-cursor.ts';

/** After so many empty responses a range is asked for alone, so that an empty response says something about it. */
const emptyResponsesBeforeAlone = 2;

/** The outcome of one fetch from one leader; never a rejection, because it may be awaited much later. */
export type FetchOutcome = {
  readonly nodeId: number;
  readonly cursors: readonly RangeCursor[];
} & (
  | { readonly kind: 'response'; readonly response: FetchResponse }
  | { readonly kind: 'failure'; readonly failure: BronzeError }
);

export interface LeaderFetch {
  readonly broker: Broker;
  readonly nodeId: number;
  readonly topicId: string;
  readonly leaders: ReadonlyMap<number, PartitionLeader>;
  readonly isolationLevel: IsolationLevel;
  readonly maxBytes: number;
}

/** Fetches for those of the cursors, all led by one broker, whose turn it is. */
export async function fetchFromLeader(
  connections: BrokerConnections,
  fetch: LeaderFetch,
  candidates: readonly RangeCursor[],
): Promise<FetchOutcome> {
  const { nodeId, isolationLevel, maxBytes, topicId } = fetch;
  const cursors = chooseCursors(candidates);
  const doing = `fetch from ${fetch.broker.host}:${fetch.broker.port}`;
  try {
    const connection = await connections.to(fetch.broker);
    const response = await sendFetch(connection, {
      topicId,
      isolationLevel,
      maxBytes,
      targets: cursors.map((cursor) => ({
        partition: cursor.range.partition,
        leaderEpoch: fetch.leaders.get(cursor.range.partition)?.leaderEpoch ?? -1,
        fetchOffset: cursor.fetchOffset,
        maxBytes: Math.ceil(maxBytes / cursors.length),
      })),
    });
    if (response.errorCode === 0) return { kind: 'response', nodeId, cursors, response };
    return { kind: 'failure', nodeId, cursors, failure: protocolFailure(response.errorCode, doing) };
  } catch (error) {
    return { kind: 'failure', nodeId, cursors, failure: kafkaFailure(error, doing) };
  }
}

/** Those that got nothing last time come first: only the first one is sure of a batch larger than its share. */
function chooseCursors(candidates: readonly RangeCursor[]): readonly RangeCursor[] {
  const ordered = candidates.toSorted((a, b) => b.emptyResponses - a.emptyResponses);
  const [neediest] = ordered;
  return neediest && neediest.emptyResponses >= emptyResponsesBeforeAlone ? [neediest] : ordered;
}
