import type { DuckDBConnection } from '@duckdb/node-api';
import type { TopicDescription } from '../kafka/kafka-reader.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { DifferenceList } from './difference-list.ts';
import type { KafkaLoad } from './kafka-side.ts';
import type { RowEvidence } from './table-side.ts';
import type { TopicLedger } from './topic-ledger.ts';

export interface TopicInput {
  readonly spec: JobSpec;
  readonly topic: string;
  /** Does another topic of the job go into the same table? */
  readonly isShared: boolean;
  readonly memoryBytes: number;
  readonly load: KafkaLoad;
  readonly onPlanned: (offsets: bigint) => void;
  /** Called as an output is begun with. */
  readonly onOutput: (name: string) => void;
}

/** What is known of a topic while its topic partitions are compared. */
export interface TopicContext {
  readonly input: TopicInput;
  readonly connection: DuckDBConnection;
  readonly evidence: RowEvidence;
  readonly described: TopicDescription | undefined;
  readonly deadLetterPositions: ReadonlyMap<string, bigint>;
  readonly ledger: TopicLedger;
  readonly differences: DifferenceList;
  readonly notes: string[];
}
