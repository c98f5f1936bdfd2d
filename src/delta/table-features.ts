import { BronzeError } from '../errors.ts';
import type { StructType } from '../model/table/table-schema.ts';
import type { Action, MetaDataAction, ProtocolAction } from './actions.ts';
import { columnMappingMode } from './schema/column-mapping.ts';
import { allFields } from './schema/schema-fields.ts';

/** The parts of a table's state that say which features it uses. */
export interface FeatureUse {
  readonly protocol: ProtocolAction;
  readonly metaData: MetaDataAction;
  readonly schema: StructType;
}

type Support = 'full' | 'whileInactive' | 'none';

interface FeatureSupport {
  readonly read: Support;
  readonly write: Support;
  /** Where a feature that the protocol lists is in use (PROTOCOL.md, Active Features): columns and properties. */
  readonly activeIn?: (use: FeatureUse) => readonly string[];
}

/** What we do with each table feature (PROTOCOL.md, Valid Feature Names); one that is not here is refused. */
const features: Readonly<Record<string, FeatureSupport>> = {
  appendOnly: { read: 'full', write: 'full' },
  timestampNtz: { read: 'full', write: 'full' },
  domainMetadata: { read: 'full', write: 'full' },
  vacuumProtocolCheck: { read: 'full', write: 'full' },
  inCommitTimestamp: { read: 'full', write: 'full' },
  // Appends need not know them.
  deletionVectors: { read: 'full', write: 'full' },
  v2Checkpoint: { read: 'full', write: 'full' },
  invariants: { read: 'full', write: 'whileInactive', activeIn: hasFieldKey('delta.invariants') },
  checkConstraints: { read: 'full', write: 'whileInactive', activeIn: hasConstraints },
  generatedColumns: { read: 'full', write: 'whileInactive', activeIn: hasFieldKey('delta.generationExpression') },
  identityColumns: { read: 'full', write: 'whileInactive', activeIn: hasFieldKey('delta.identity.start') },
  allowColumnDefaults: { read: 'full', write: 'whileInactive', activeIn: hasFieldKey('CURRENT_DEFAULT') },
  changeDataFeed: { read: 'full', write: 'whileInactive', activeIn: isOn('delta.enableChangeDataFeed') },
  icebergCompatV1: { read: 'full', write: 'whileInactive', activeIn: isOn('delta.enableIcebergCompatV1') },
  icebergCompatV2: { read: 'full', write: 'whileInactive', activeIn: isOn('delta.enableIcebergCompatV2') },
  columnMapping: { read: 'full', write: 'full' },
  typeWidening: { read: 'full', write: 'full' },
  'typeWidening-preview': { read: 'full', write: 'whileInactive', activeIn: hasFieldKey('delta.typeChanges') },
  rowTracking: { read: 'full', write: 'none' },
  // The columns have statistics always, and need not be kept together.
  clustering: { read: 'full', write: 'full' },
};

/** The features that the numbered protocol versions stand for (PROTOCOL.md, Writer and Reader Version Requirements). */
const writerVersionFeatures: readonly (readonly [version: number, features: readonly string[]])[] = [
  [2, ['appendOnly', 'invariants']],
  [3, ['checkConstraints']],
  [4, ['changeDataFeed', 'generatedColumns']],
  [5, ['columnMapping']],
  [6, ['identityColumns']],
];

/** @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` that names each feature we cannot read. */
export function assertReadable(use: FeatureUse, root: string): void {
  const { minReaderVersion: version, readerFeatures } = use.protocol;
  if (version > 3) throw unsupported(root, 'read', [`reader version ${version}`]);
  const listed = version === 3 ? (readerFeatures ?? []) : version === 2 ? ['columnMapping'] : [];
  refuse(root, 'read', use, listed);
  if (listed.includes('columnMapping')) columnMappingMode(use.metaData);
}

/** @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` that names each feature we cannot write. */
export function assertWritable(use: FeatureUse, root: string): void {
  assertReadable(use, root);
  const { minWriterVersion: version, writerFeatures } = use.protocol;
  if (version > 7) throw unsupported(root, 'write', [`writer version ${version}`]);
  const implied = writerVersionFeatures.flatMap(([from, names]) => (version >= from ? names : []));
  refuse(root, 'write', use, version === 7 ? (writerFeatures ?? []) : implied);
  if (use.metaData.configuration[transactionRetention] !== undefined) {
    throw new BronzeError(
      'TABLE_FEATURE_UNSUPPORTED',
      `${root} sets ${transactionRetention}: expiring transaction identifiers would lose Kafka offsets; unset it`,
    );
  }
}

const transactionRetention = 'delta.setTransactionRetentionDuration';

/**
 * PROTOCOL.md, Append-only Tables: removes that only rearrange data stay legal.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED`
 */
export function assertAppendOnlyHonoured(use: FeatureUse, actions: readonly Action[], root: string): void {
  const { protocol, metaData } = use;
  const known = protocol.minWriterVersion === 7 ? protocol.writerFeatures?.includes('appendOnly') : true;
  if (!known || metaData.configuration['delta.appendOnly']?.toLowerCase() !== 'true') return;
  if (actions.some((action) => 'remove' in action && action.remove.dataChange)) {
    throw new BronzeError(
      'TABLE_FEATURE_UNSUPPORTED',
      `${root} is append-only (delta.appendOnly): rows cannot leave it`,
    );
  }
}

/** PROTOCOL.md, In-Commit Timestamps. */
export function usesInCommitTimestamps(use: Pick<FeatureUse, 'protocol' | 'metaData'>): boolean {
  const supported = use.protocol.writerFeatures?.includes('inCommitTimestamp') === true;
  return supported && use.metaData.configuration['delta.enableInCommitTimestamps']?.toLowerCase() === 'true';
}

/** PROTOCOL.md, Type Widening: may a column get a wider type? */
export function allowsTypeWidening({ protocol, metaData }: Pick<FeatureUse, 'protocol' | 'metaData'>): boolean {
  const supported = protocol.writerFeatures?.includes('typeWidening') === true;
  return supported && metaData.configuration['delta.enableTypeWidening']?.toLowerCase() === 'true';
}

/** PROTOCOL.md, Deletion Vectors: may new ones be written? Those that are there count whatever this says. */
export function allowsDeletionVectors({ protocol, metaData }: Pick<FeatureUse, 'protocol' | 'metaData'>): boolean {
  const supported = protocol.writerFeatures?.includes('deletionVectors') === true;
  return supported && metaData.configuration['delta.enableDeletionVectors']?.toLowerCase() === 'true';
}

/** The features that writers of the table must know, whichever way the protocol says so. */
function writerFeaturesOf({ minWriterVersion, writerFeatures = [] }: ProtocolAction): readonly string[] {
  if (minWriterVersion === 7) return writerFeatures;
  return writerVersionFeatures.flatMap(([from, names]) => (minWriterVersion >= from ? names : []));
}

/** The protocol with one more feature that only writers must know; the same where it has it already. */
export function protocolWithWriter(protocol: ProtocolAction, feature: string): ProtocolAction {
  const writer = writerFeaturesOf(protocol);
  if (protocol.minWriterVersion === 7 && writer.includes(feature)) return protocol;
  return { ...protocol, minWriterVersion: 7, writerFeatures: [...new Set([...writer, feature])] };
}

/** The protocol with one more feature that readers and writers must know; the same where it has it already. */
export function protocolWith(protocol: ProtocolAction, feature: string): ProtocolAction {
  const { minReaderVersion, readerFeatures = [], writerFeatures = [] } = protocol;
  if (readerFeatures.includes(feature) && writerFeatures.includes(feature)) return protocol;
  const writer = writerFeaturesOf(protocol);
  const reader = minReaderVersion === 3 ? readerFeatures : minReaderVersion === 2 ? ['columnMapping'] : [];
  return {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: [...new Set([...reader, feature])],
    writerFeatures: [...new Set([...writer, feature])],
  };
}

function refuse(root: string, access: 'read' | 'write', use: FeatureUse, listed: readonly string[]): void {
  const refused = listed.flatMap((name) => {
    const feature = Object.hasOwn(features, name) ? features[name] : undefined;
    if (feature?.[access] === 'full') return [];
    if (feature?.[access] !== 'whileInactive') return [name];
    const places = feature.activeIn?.(use) ?? [];
    return places.length === 0 ? [] : [`${name} (${places.join(', ')})`];
  });
  if (refused.length > 0) throw unsupported(root, access, refused);
}

function unsupported(root: string, access: 'read' | 'write', names: readonly string[]): BronzeError {
  return new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `${root} needs Delta features that we cannot ${access}: ${names.join(', ')}`,
  );
}

function hasFieldKey(key: string): (use: FeatureUse) => readonly string[] {
  return ({ schema }) =>
    Array.from(allFields(schema)).flatMap(({ name, metadata }) =>
      metadata[key] === undefined ? [] : [`column ${name}`],
    );
}

function isOn(property: string): (use: FeatureUse) => readonly string[] {
  return ({ metaData }) => (metaData.configuration[property]?.toLowerCase() === 'true' ? [property] : []);
}

function hasConstraints({ metaData }: FeatureUse): readonly string[] {
  return Object.entries(metaData.configuration)
    .filter(([key]) => key.startsWith('delta.constraints.'))
    .map(([key, condition]) => `${key}: ${condition}`);
}
