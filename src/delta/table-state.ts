import { BronzeError } from '../errors.ts';
import type { Offset } from '../model/batch/offset-range.ts';
import type { StructType } from '../model/table/table-schema.ts';
import type { Action, MetaDataAction, ProtocolAction } from './actions.ts';
import type { CommitEntry } from './log/log-reader.ts';
import { parseSchemaString } from './schema/schema-string.ts';

/** A table at a version, without its files: small however large the table is. Immutable. */
export interface TableState {
  readonly version: number;
  readonly protocol: ProtocolAction;
  readonly metaData: MetaDataAction;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** The latest version of each appId. */
  readonly txns: ReadonlyMap<string, Offset>;
  /** The configuration of each metadata domain (PROTOCOL.md, Domain Metadata). */
  readonly domains: ReadonlyMap<string, string>;
  /** The version of the checkpoint that the state was read from, if any. There may be newer ones by now. */
  readonly checkpointVersion: number | undefined;
  /** The in-commit timestamp or `commitInfo.timestamp` of `version`; 0 where it has none. */
  readonly lastCommitTimestampMs: number;
  /** Digest of the log entry of `version`: proves later that the log still is the one that was read. */
  readonly entryDigest: string | undefined;
}

/** Replays the actions that are not about files in ascending order (PROTOCOL.md, Action Reconciliation). */
export class TableStateBuilder {
  #version: number;
  #protocol: ProtocolAction | undefined;
  #metaData: MetaDataAction | undefined;
  #schema: StructType | undefined;
  #txns: Map<string, Offset>;
  #domains: Map<string, string>;
  #checkpointVersion: number | undefined;
  #lastCommitTimestampMs: number;
  #entryDigest: string | undefined;

  constructor(previous: TableState | undefined) {
    this.#version = previous?.version ?? -1;
    this.#protocol = previous?.protocol;
    this.#metaData = previous?.metaData;
    this.#schema = previous?.schema;
    this.#txns = new Map(previous?.txns);
    this.#domains = new Map(previous?.domains);
    this.#checkpointVersion = previous?.checkpointVersion;
    this.#lastCommitTimestampMs = previous?.lastCommitTimestampMs ?? 0;
    this.#entryDigest = previous?.entryDigest;
  }

  /** An action of a checkpoint or of a compacted file. */
  applyReconciled(action: Action): void {
    this.#apply(action);
  }

  /** Neither a checkpoint nor a compacted file holds commitInfo, so its version has no timestamp and no digest. */
  endReconciled(version: number): void {
    this.#version = version;
    this.#lastCommitTimestampMs = 0;
    this.#entryDigest = undefined;
  }

  endCheckpoint(version: number): void {
    this.endReconciled(version);
    this.#checkpointVersion = version;
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
      domains: new Map(this.#domains),
      checkpointVersion: this.#checkpointVersion,
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
    } else if ('domainMetadata' in action) {
      const { domain, configuration, removed } = action.domainMetadata;
      if (removed) this.#domains.delete(domain);
      else this.#domains.set(domain, configuration);
    } else if ('commitInfo' in action) {
      this.#lastCommitTimestampMs = action.commitInfo.inCommitTimestamp ?? action.commitInfo.timestamp ?? 0;
    }
  }
}
