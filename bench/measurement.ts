import type { TreeUsage } from './process-tree.ts';

export type BenchMode = 'raw' | 'structured' | 'windows';

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
  /** Of `windows`: the batches in their order. */
  readonly stateBatches?: readonly StateBatch[];
}

/** What a micro-batch did to the state of windows. */
export interface StateBatch {
  readonly records: number;
  readonly milliseconds: number;
  /** Windows that are open after it. */
  readonly open: number;
  /** Written to the store for the state, by this batch alone. */
  readonly stateBytes: number;
}

/** Where a run wrote to. */
export interface WrittenTables {
  readonly table: string;
  readonly deadLetters: string;
}
