import { editDistance } from '../../model/nearest-name.ts';

/** Properties of Delta tables whose names are fixed, those that nothing here goes by as well. */
const deltaProperties: readonly string[] = [
  'appendOnly',
  'autoOptimize',
  'autoOptimize.autoCompact',
  'autoOptimize.optimizeWrite',
  'checkpoint.writeStatsAsJson',
  'checkpoint.writeStatsAsStruct',
  'checkpointInterval',
  'checkpointPolicy',
  'checkpointRetentionDuration',
  'columnMapping.maxColumnId',
  'columnMapping.mode',
  'compatibility.symlinkFormatManifest.enabled',
  'dataSkippingNumIndexedCols',
  'dataSkippingStatsColumns',
  'deletedFileRetentionDuration',
  'enableChangeDataFeed',
  'enableDeletionVectors',
  'enableExpiredLogCleanup',
  'enableFullRetentionRollback',
  'enableIcebergCompatV1',
  'enableIcebergCompatV2',
  'enableIcebergCompatV3',
  'enableInCommitTimestamps',
  'enableRowTracking',
  'enableTypeWidening',
  'enableVariantShredding',
  'inCommitTimestampEnablementTimestamp',
  'inCommitTimestampEnablementVersion',
  'isolationLevel',
  'logRetentionDuration',
  'minReaderVersion',
  'minWriterVersion',
  'parquet.compression.codec',
  'randomPrefixLength',
  'randomizeFilePrefixes',
  'sampleRetentionDuration',
  'setTransactionRetentionDuration',
  'targetFileSize',
  'tuneFileSizesForRewrites',
  'universalFormat.enabledFormats',
].map((name) => `delta.${name}`);

/** Two letters left out, doubled, replaced or swapped are a slip; names further away may be of an engine that we do not know. */
const mostSlips = 2;

/** What a property is taken for that no engine would go by; `undefined` where the name may be meant as it is. */
export function misspeltProperty(name: string): string | undefined {
  if (deltaProperties.includes(name)) return undefined;
  return deltaProperties.find((known) => editDistance(name.toLowerCase(), known.toLowerCase()) <= mostSlips);
}
