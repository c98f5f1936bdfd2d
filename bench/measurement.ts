import type { TreeUsage } from './process-tree.ts';

export type BenchMode = 'raw' | 'structured';

/** What was measured of one run of one side. */
export interface Measurement {
  readonly side: 'kafka-bronze' | 'spark';
  /** Records read from Kafka: rows and dead letters. */
  readonly records: number;
  /** From the start of the query or job to its end; starting the process and its session is not in it. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly batches: number;
  /** Rate of the fastest micro-batch, where the side tells. */
  readonly bestBatchRecordsPerSecond?: number;
  /** The whole process tree, its start included. */
  readonly usage: TreeUsage;
  /** Servers that only this side needs; not part of `usage`. */
  readonly serverUsage: Readonly<Record<string, TreeUsage>>;
  readonly tables: WrittenTables;
}

/** Where a run wrote to. */
export interface WrittenTables {
  readonly table: string;
  readonly deadLetters: string;
}
