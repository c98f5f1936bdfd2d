import type { OutputCounts } from '../model/outputs/output-batch.ts';
import type { StructType } from '../model/table/table-schema.ts';

/** What runs SQL: an engine session. `doing` says in errors what was tried. */
export interface SqlSession {
  run(sql: string, doing: string): Promise<void>;
  /** Numbers beyond 32 bits are text. */
  rows(sql: string, doing: string): Promise<readonly (readonly unknown[])[]>;
}

/**
 * An output as SQL. Rows become a *part* in the engines that transform them; parts and the state that the batch before left
 * become rows of the output's table and new state in one merge, which sees no SQL of the user's. How rows are cut into slices,
 * parts and batches makes no difference to the rows of the table.
 */
export interface CompiledOutput {
  /** Columns of the output's table. */
  readonly schema: StructType;
  /** Columns that tell rows of the table apart, nulls being values; none where rows are never replaced. */
  readonly keyColumns: readonly string[];
  /** Of what the state means: state with another one cannot be continued. */
  readonly fingerprint: string;
  /** `name` begins the names of all that it makes in the engine, which may hold other outputs as well. */
  openPart(session: SqlSession, name: string, start: PartStart): Promise<PartGatherer>;
  merge(session: SqlSession, input: MergeInput): Promise<MergeOutcome>;
}

/** What a part begins with; all of it is in the plan, so that a retry begins with the same. */
export interface PartStart {
  readonly partitions: readonly PartitionStart[];
  /** Windows that end by then are closed, whatever a topic partition's own watermark says; microseconds. */
  readonly closedThroughUs?: bigint;
  /** Added to offsets where records are compared by them; 0 unless said otherwise. */
  readonly orderBase?: bigint;
}

export interface PartitionStart {
  readonly partition: number;
  /** Rows below are passed over: the output has them. */
  readonly fromOffset: bigint;
  /** Of the rows before; microseconds since 1970. */
  readonly greatestEventTimeUs?: bigint;
}

/** Takes the rows of whole topic partitions, in the order of their offsets. */
export interface PartGatherer {
  /**
   * A table of the engine with the hidden partition and offset of each late record, and a message that says why it is late.
   * Grows with each slice; the caller may empty it in between. Absent where the output only counts them.
   */
  readonly lateTable?: string;
  /**
   * `relation`: the columns of the job's table, the hidden partition and offset, where a watermark has to be guarded the
   * hidden timestamp, and, where an output merges, whether the record was a tombstone. Rows that are none are not in it.
   */
  takeSlice(relation: string): Promise<void>;
  /** Writes the part as Parquet. Without rows there is no file. Nothing can be taken afterwards. */
  finish(file: string): Promise<GatheredPart>;
}

export interface GatheredPart {
  /** Of the part; 0: there is no file. */
  readonly rows: number;
  readonly counts: OutputCounts;
  /** Of topic partitions that have had a row with an event time in this part or before. */
  readonly greatestEventTimeUs: ReadonlyMap<number, bigint>;
}

export interface StateFile {
  readonly path: string;
  readonly rows: number;
  /** The newest generation of a key is what holds. */
  readonly generation: number;
  /** A watermark that has come so far has closed all windows in it; absent where there are none. */
  readonly closedAtUs?: bigint;
}

export interface MergeInput {
  readonly partFiles: readonly string[];
  readonly stateFiles: readonly StateFile[];
  /** Windows that end by then are closed: with the batch before, and now. */
  readonly closedThroughUs: { readonly before?: bigint; readonly after?: bigint };
  /** Where new state goes: one file, in Parquet. */
  readonly newStateFile: string;
  /** How many windows or keys were open after the batch before. */
  readonly openBefore: number;
}

export interface MergeOutcome {
  /** Columns of the output's table. */
  readonly rows: Relation;
  /** `keyColumns` of rows that leave the table; each may come again among the rows. */
  readonly goneKeys?: Relation;
  readonly state: NewState;
  /** Windows, or keys where there are no windows, that later rows may change. */
  readonly open: number;
}

export interface NewState {
  /** The new file, of which the caller knows the path; absent: it is not needed. */
  readonly added?: Omit<StateFile, 'path'>;
  /** Paths of files that are no longer needed. */
  readonly superseded: readonly string[];
}

/** A table of the session, until the next merge. */
export interface Relation {
  readonly relation: string;
  readonly count: number;
}
