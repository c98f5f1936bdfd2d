import { field, struct, type DataType, type StructType } from '../../model/table/table-schema.ts';

/** The columns of a checkpoint (PROTOCOL.md, Checkpoint Schema), as far as we know them: others are left out. */
const textMap: DataType = { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true };
const texts: DataType = { type: 'array', elementType: 'string', containsNull: true };

export const deletionVectorType: StructType = struct(
  field('storageType', 'string'),
  field('pathOrInlineDv', 'string'),
  field('offset', 'integer'),
  field('sizeInBytes', 'integer'),
  field('cardinality', 'long'),
);

export const addType: StructType = struct(
  field('path', 'string'),
  field('partitionValues', textMap),
  field('size', 'long'),
  field('modificationTime', 'long'),
  field('dataChange', 'boolean'),
  field('tags', textMap),
  field('deletionVector', deletionVectorType),
  field('baseRowId', 'long'),
  field('defaultRowCommitVersion', 'long'),
  field('clusteringProvider', 'string'),
  field('stats', 'string'),
);

/** A tombstone needs neither statistics nor tags once it is in a checkpoint. */
export const removeType: StructType = struct(
  field('path', 'string'),
  field('deletionTimestamp', 'long'),
  field('dataChange', 'boolean'),
  field('extendedFileMetadata', 'boolean'),
  field('partitionValues', textMap),
  field('size', 'long'),
  field('deletionVector', deletionVectorType),
  field('baseRowId', 'long'),
  field('defaultRowCommitVersion', 'long'),
);

/** Actions that are about files. */
export const fileActionTypes = { add: addType, remove: removeType } as const;

/** Actions that are not about files. */
export const tableActionTypes = {
  txn: struct(field('appId', 'string'), field('version', 'long'), field('lastUpdated', 'long')),
  protocol: struct(
    field('minReaderVersion', 'integer'),
    field('minWriterVersion', 'integer'),
    field('readerFeatures', texts),
    field('writerFeatures', texts),
  ),
  metaData: struct(
    field('id', 'string'),
    field('name', 'string'),
    field('description', 'string'),
    field('format', struct(field('provider', 'string'), field('options', textMap))),
    field('schemaString', 'string'),
    field('partitionColumns', texts),
    field('configuration', textMap),
    field('createdTime', 'long'),
  ),
  domainMetadata: struct(field('domain', 'string'), field('configuration', 'string'), field('removed', 'boolean')),
} as const;

export const sidecarType: StructType = struct(
  field('path', 'string'),
  field('sizeInBytes', 'long'),
  field('modificationTime', 'long'),
);

export const checkpointMetadataType: StructType = struct(field('version', 'long'));
