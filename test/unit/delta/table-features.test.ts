import { describe, expect, it } from 'vitest';
import type { Action, ProtocolAction } from '../../../src/delta/actions.ts';
import {
  assertAppendOnlyHonoured,
  assertReadable,
  assertWritable,
  type FeatureUse,
} from '../../../src/delta/table-features.ts';
import { field, struct, type StructField } from '../../../src/model/table/table-schema.ts';
import { addOf } from '../../support/delta-table.ts';

function use(
  protocol: ProtocolAction,
  configuration: Readonly<Record<string, string>> = {},
  ...fields: StructField[]
): FeatureUse {
  const schema = struct(field('id', 'long'), ...fields);
  const format = { provider: 'parquet', options: {} };
  return { protocol, schema, metaData: { id: 'x', format, schemaString: '', partitionColumns: [], configuration } };
}

const v7 = (...features: string[]): ProtocolAction => ({
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: features,
  writerFeatures: features,
});
const legacy = (minReaderVersion: number, minWriterVersion: number): ProtocolAction => ({
  minReaderVersion,
  minWriterVersion,
});
const noted = (key: string): StructField => ({ ...field('noted', 'long'), metadata: { [key]: '1' } });

describe('a table that we write', () => {
  it.each([
    ['protocol 1, 2', use(legacy(1, 2))],
    ['protocol 2, 6 that uses none of what it allows', use(legacy(2, 6))],
    [
      'the features that do not concern appends',
      use(
        v7(
          'appendOnly',
          'timestampNtz',
          'domainMetadata',
          'vacuumProtocolCheck',
          'inCommitTimestamp',
          'deletionVectors',
          'v2Checkpoint',
          'clustering',
        ),
      ),
    ],
    ['columns mapped by name', use(legacy(2, 5), { 'delta.columnMapping.mode': 'name' })],
    [
      'features that are listed and not used',
      use(
        v7(
          'invariants',
          'checkConstraints',
          'generatedColumns',
          'columnMapping',
          'changeDataFeed',
          'identityColumns',
          'typeWidening',
        ),
        { 'delta.columnMapping.mode': 'none', 'delta.enableChangeDataFeed': 'false' },
      ),
    ],
  ])('may have %s', (_name, table) => {
    expect(() => assertWritable(table, 'lake/t')).not.toThrow();
  });

  it.each([
    ['invariants', use(legacy(1, 2), {}, noted('delta.invariants'))],
    ['checkConstraints', use(legacy(1, 3), { 'delta.constraints.positive': 'id > 0' })],
    ['changeDataFeed', use(legacy(1, 4), { 'delta.enableChangeDataFeed': 'TRUE' })],
    ['generatedColumns', use(legacy(1, 4), {}, noted('delta.generationExpression'))],
    ['identityColumns', use(legacy(1, 6), {}, noted('delta.identity.start'))],
    ['rowTracking', use({ ...legacy(1, 7), writerFeatures: ['rowTracking'] })],
    ['catalogManaged', use(v7('catalogManaged'))],
    ['variantType', use(v7('variantType'))],
    ['toString', use(v7('toString'))],
    ['writer version 8', use(legacy(1, 8))],
    ['reader version 4', use(legacy(4, 7))],
    [
      'delta.setTransactionRetentionDuration',
      use(legacy(1, 2), { 'delta.setTransactionRetentionDuration': '30 days' }),
    ],
  ])('must not use %s, and the error names it', (name, table) => {
    const check = (): void => assertWritable(table, 'lake/t');
    expect(check).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
    expect(check).toThrow(name);
    expect(check).toThrow('lake/t');
  });

  it('names the columns and the conditions that stand in the way', () => {
    const properties = { 'delta.constraints.positive': 'id > 0' };
    const table = use(legacy(1, 4), properties, noted('delta.generationExpression'));
    expect(() => assertWritable(table, 't')).toThrow(
      'checkConstraints (delta.constraints.positive: id > 0), generatedColumns (column noted)',
    );
  });

  it('names all features that stand in the way', () => {
    expect(() => assertWritable(use(v7('one', 'appendOnly', 'two')), 't')).toThrow(/one, two$/);
  });
});

describe('a table that we read', () => {
  it('may use what concerns writers alone', () => {
    assertReadable(use({ ...legacy(1, 7), writerFeatures: ['rowTracking', 'unheardOf'] }), 't');
    assertReadable(use(legacy(1, 4), { 'delta.enableChangeDataFeed': 'true', 'delta.constraints.c': 'x' }), 't');
  });

  it.each([
    ['columnMapping by id', use(legacy(2, 5), { 'delta.columnMapping.mode': 'id' })],
    ['typeWidening', use(v7('typeWidening'), {}, noted('delta.typeChanges'))],
  ])('may use %s', (_name, table) => {
    assertReadable(table, 't');
  });

  it.each([
    ['a feature that it does not know', use(v7('deletionVectors', 'catalogManaged')), 'catalogManaged'],
    ['a mode of column mapping', use(legacy(2, 5), { 'delta.columnMapping.mode': 'colour' }), 'colour'],
  ])('must not use %s, and the error names it', (_what, table, name) => {
    const check = (): void => assertReadable(table, 't');
    expect(check).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
    expect(check).toThrow(name);
  });
});

describe('an append-only table', () => {
  const appendOnly = { 'delta.appendOnly': 'true' };
  const remove = (dataChange: boolean): Action[] => [{ remove: { path: 'a', dataChange } }];

  it('takes appends and rearrangements, and refuses that rows leave it', () => {
    const table = use(legacy(1, 2), appendOnly);
    assertAppendOnlyHonoured(table, [{ add: addOf('a') }], 't');
    assertAppendOnlyHonoured(table, remove(false), 't');
    expect(() => assertAppendOnlyHonoured(table, remove(true), 't')).toThrow(/append-only/);
    expect(() => assertAppendOnlyHonoured(use(v7('appendOnly'), appendOnly), remove(true), 't')).toThrow(/append-only/);
  });

  it('is one only while the property is true and the protocol has the feature', () => {
    assertAppendOnlyHonoured(use(legacy(1, 2), { 'delta.appendOnly': 'false' }), remove(true), 't');
    assertAppendOnlyHonoured(use(v7(), appendOnly), remove(true), 't');
  });
});
