import { BronzeError } from '../errors.ts';
import type { Offset } from '../model/offset-range.ts';
import type { StructType } from '../model/table-schema.ts';
import type { Action, MetaDataAction, ProtocolAction } from './actions.ts';
import type { CommitEntry } from './log-reader.ts';
import { parseSchemaString } from './schema-string.ts';

/** A table at a version, without its files: small however large the table is. Immutable. */
export interface TableState {
  readonly version: number;
  readonly protocol: ProtocolAction;
  readonly metaData: MetaDataAction;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** The latest version of each appId. */
  readonly txns: ReadonlyMap<string, Offset>;
  /** The in-commit timestamp or `commitInfo.timestamp` of `version`; 0 where it has none. */
  readonly lastCommitTimestampMs: number;
  /** Digest of the log entry of `version`: proves later that the log still is the one that was read. */
  readonly entryDigest: string | undefined;
}

/** Replays protocol, metaData and txn actions in ascending order (PROTOCOL.md, Action Reconciliation). */
export class TableStateBuilder {
  #version: number;
  #protocol: ProtocolAction | undefined;
  #metaData: MetaDataAction | undefined;
  #schema: StructType | undefined;
  #txns: Map<string, Offset>;
  #lastCommitTimestampMs: number;
  #entryDigest: string | undefined;

  constructor(previous: TableState | undefined) {
    this.#version = previous?.version ?? -1;
    this.#protocol = previous?.protocol;
    this.#metaData = previous?.metaData;
    this.#schema = previous?.schema;
    this.#txns = new Map(previous?.txns);
    this.#lastCommitTimestampMs = previous?.lastCommitTimestampMs ?? 0;
    this.#entryDigest = previous?.entryDigest;
  }

  applyCheckpointAction(action: Action): void {
    this.#apply(action);
  }

  /** A checkpoint holds no commitInfo, so its version has no timestamp and no digest. */
  endCheckpoint(version: number): void {
    this.#version = version;
    this.#lastCommitTimestampMs = 0;
    this.#entryDigest = undefined;
  }

  applyCommit(entry: CommitEntry): void {
    this.#version = entry.version;
    this.#entryDigest = entry.digest;
    this.#lastCommitTimestampMs = 0;
    for (const action of entry.actions) this.#apply(action);
  }

  /** @throws BronzeError `TABLE_CORRUPT` when the log has no protocol or no metaData. */
  build(root: string): TableState {
    if (!this.#protocol || !this.#metaData) {
      const missing = this.#protocol ? 'metaData' : 'protocol';
      throw new BronzeError('TABLE_CORRUPT', `${root}: no ${missing} action in the log up to version ${this.#version}`);
    }
    this.#schema ??= parseSchemaString(this.#metaData.schemaString);
    return {
      version: this.#version,
      protocol: this.#protocol,
      metaData: this.#metaData,
      schema: this.#schema,
      partitionColumns: this.#metaData.partitionColumns,
      txns: new Map(this.#txns),
      lastCommitTimestampMs: this.#lastCommitTimestampMs,
      entryDigest: this.#entryDigest,
    };
  }

  #apply(action: Action): void {
    if ('txn' in action) this.#txns.set(action.txn.appId, action.txn.version);
    else if ('protocol' in action) this.#protocol = action.protocol;
    else if ('metaData' in action) {
      this.#metaData = action.metaData;
      this.#schema = undefined;
    } else if ('commitInfo' in action) {
      this.#lastCommitTimestampMs = action.commitInfo.inCommitTimestamp ?? action.commitInfo.timestamp ?? 0;
    }
  }
}
