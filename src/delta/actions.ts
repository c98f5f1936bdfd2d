import type { Offset } from '../model/batch/offset-range.ts';

/** PROTOCOL.md, Actions. Absent optional fields are absent, never `null`; unknown fields and actions are dropped. */
export type Action =
  | { readonly commitInfo: CommitInfo }
  | { readonly protocol: ProtocolAction }
  | { readonly metaData: MetaDataAction }
  | { readonly add: AddAction }
  | { readonly remove: RemoveAction }
  | { readonly txn: TxnAction }
  | { readonly domainMetadata: DomainMetadataAction }
  | { readonly sidecar: SidecarAction };

/** PROTOCOL.md, Protocol Evolution. */
export interface ProtocolAction {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

/** PROTOCOL.md, Change Metadata. */
export interface MetaDataAction {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdTime?: number;
}

/** Serialised as PROTOCOL.md, Partition Value Serialization says; the empty string is read as `null`. */
export type PartitionValues = Readonly<Record<string, string | null>>;

/** PROTOCOL.md, Add File. */
export interface AddAction {
  /** URI-encoded as it stands in the log; `dataFilePath` gives the path in the store. */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text (PROTOCOL.md, Per-file Statistics). */
  readonly stats?: string;
  readonly tags?: Readonly<Record<string, string | null>>;
  readonly deletionVector?: DeletionVectorDescriptor;
  readonly baseRowId?: number;
  readonly defaultRowCommitVersion?: number;
  readonly clusteringProvider?: string;
}

/** PROTOCOL.md, Remove File. */
export interface RemoveAction {
  /** URI-encoded as it stands in the log. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp?: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: PartitionValues;
  /** Bytes. */
  readonly size?: number;
  readonly stats?: string;
  readonly tags?: Readonly<Record<string, string | null>>;
  readonly deletionVector?: DeletionVectorDescriptor;
  readonly baseRowId?: number;
  readonly defaultRowCommitVersion?: number;
}

/** PROTOCOL.md, Deletion Vector Descriptor Schema. */
export interface DeletionVectorDescriptor {
  readonly storageType: string;
  readonly pathOrInlineDv: string;
  readonly offset?: number;
  readonly sizeInBytes: number;
  readonly cardinality: number;
}

/** PROTOCOL.md, Transaction Identifiers. The version is a long, so a decimal string here and a numeral in the log. */
export interface TxnAction {
  readonly appId: string;
  readonly version: Offset;
  /** Milliseconds since the epoch. */
  readonly lastUpdated?: number;
}

/** PROTOCOL.md, Domain Metadata. */
export interface DomainMetadataAction {
  readonly domain: string;
  readonly configuration: string;
  readonly removed: boolean;
}

/** PROTOCOL.md, Sidecar File Information: only in V2 checkpoints. */
export interface SidecarAction {
  /** A file name in `_delta_log/_sidecars`, or a URI. */
  readonly path: string;
  readonly sizeInBytes: number;
  /** Milliseconds since the epoch. */
  readonly modificationTime: number;
}

/** PROTOCOL.md, Commit Provenance Information: any JSON; these are the fields that we read or write. */
export interface CommitInfo {
  readonly timestamp?: number;
  readonly inCommitTimestamp?: number;
  readonly operation?: string;
  readonly operationParameters?: Readonly<Record<string, unknown>>;
  readonly operationMetrics?: Readonly<Record<string, unknown>>;
  readonly engineInfo?: string;
  readonly isBlindAppend?: boolean;
  /** Unique to one transaction; tells our own entry from another writer's after an ambiguous outcome. */
  readonly txnId?: string;
  /** A `CommitNote` in our own commits; unchecked here. */
  readonly kafkaBronze?: unknown;
  readonly [other: string]: unknown;
}

/** The remove action that takes an active file out of the table. */
export function removeOf(add: AddAction, deletionTimestamp: number, dataChange = true): RemoveAction {
  return {
    path: add.path,
    deletionTimestamp,
    dataChange,
    extendedFileMetadata: true,
    partitionValues: add.partitionValues,
    size: add.size,
    ...(add.deletionVector === undefined ? {} : { deletionVector: add.deletionVector }),
    ...(add.tags === undefined ? {} : { tags: add.tags }),
    ...(add.baseRowId === undefined ? {} : { baseRowId: add.baseRowId }),
    ...(add.defaultRowCommitVersion === undefined ? {} : { defaultRowCommitVersion: add.defaultRowCommitVersion }),
  };
}
