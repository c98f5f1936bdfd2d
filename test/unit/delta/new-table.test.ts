import { expect, it } from 'vitest';
import { newTableActions, type NewTable } from '../../../src/delta/new-table.ts';
import { parseSchemaString } from '../../../src/delta/schema/schema-string.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';

const table: NewTable = {
  schema: struct(field('id', 'long'), field('date', 'date')),
  partitionColumns: ['date'],
};

it('makes one protocol and one metaData', () => {
  const actions = newTableActions({
    ...table,
    properties: { 'delta.appendOnly': 'true' },
    description: 'd',
    createdAtMs: 9,
  });
  expect(actions).toEqual([
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        description: 'd',
        format: { provider: 'parquet', options: {} },
        schemaString: expect.any(String) as string,
        partitionColumns: ['date'],
        configuration: { 'delta.appendOnly': 'true' },
        createdTime: 9,
      },
    },
  ]);
  const metaData = actions.find((action) => 'metaData' in action)?.metaData;
  expect(parseSchemaString(metaData?.schemaString ?? '')).toEqual(table.schema);
});

it.each([
  [
    'a timestamp_ntz at any depth',
    {
      schema: struct(
        field('l', { type: 'array', elementType: struct(field('t', 'timestamp_ntz')), containsNull: true }),
        field('i', 'long'),
      ),
      partitionColumns: [],
    },
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz'],
      writerFeatures: ['appendOnly', 'invariants', 'timestampNtz'],
    },
  ],
  [
    'in-commit timestamps',
    { ...table, properties: { 'delta.enableInCommitTimestamps': 'true' } },
    { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['appendOnly', 'invariants', 'inCommitTimestamp'] },
  ],
  [
    'deletion vectors',
    { ...table, properties: { 'delta.enableDeletionVectors': 'true' } },
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['appendOnly', 'invariants', 'deletionVectors'],
    },
  ],
])('asks for the protocol that %s needs', (_name, wanted, protocol) => {
  expect(newTableActions(wanted)[0]).toEqual({ protocol });
});

it.each([
  ['columns that differ in case only', { schema: struct(field('Id', 'long'), field('iD', 'long')) }, /id/],
  ['a column name with a space', { schema: struct(field('a b', 'long'), field('date', 'date')) }, /a b/],
  ['a partition column that is no column', { partitionColumns: ['day'] }, /day/],
  [
    'a nested partition column',
    { schema: struct(field('id', 'long'), field('date', struct(field('x', 'long')))) },
    /nested/,
  ],
  ['a partition column named twice', { partitionColumns: ['date', 'date'] }, /twice/],
  ['nothing but partition columns', { partitionColumns: ['date', 'id'] }, /every column/],
])('refuses %s', (_name, change, message) => {
  const make = (): unknown => newTableActions({ ...table, ...change });
  expect(make).toThrow(expect.objectContaining({ code: 'TABLE_SCHEMA_MISMATCH' }));
  expect(make).toThrow(message);
});

it.each(['delta.setTransactionRetentionDuration'])('refuses the property %s', (property) => {
  const make = (): unknown => newTableActions({ ...table, properties: { [property]: 'interval 30 days' } });
  expect(make).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
  expect(make).toThrow(property);
});
