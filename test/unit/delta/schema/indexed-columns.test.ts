import { expect, test } from 'vitest';
import { indexedColumnsFor, indexedColumnsOf } from '../../../../src/delta/schema/indexed-columns.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { indexedLeaves } from '../../../../src/parquet/file-stats.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const schema = struct(
  field('id', 'long'),
  field('place', struct(field('city', 'string'), field('a.b', 'string'))),
  field('note', 'string'),
);

async function indexed(properties: Record<string, string>, clusteringColumns?: string[][]): Promise<string[]> {
  const configuration = clusteringColumns && JSON.stringify({ clusteringColumns, domainName: 'delta.clustering' });
  const state = await tableWith(properties, configuration);
  return indexedLeaves(schema.fields, indexedColumnsOf(state, 'the table')).map(({ path }) => path.join('/'));
}

async function tableWith(properties: Record<string, string>, clustering: string | undefined): Promise<TableState> {
  return commitActions(openObjectStore(await scratchFolder()), undefined, [
    ...newTableActions({ schema, partitionColumns: [], properties }),
    ...(clustering === undefined
      ? []
      : [{ domainMetadata: { domain: 'delta.clustering', configuration: clustering, removed: false } }]),
  ]);
}

const count = 'delta.dataSkippingNumIndexedCols';
const named = 'delta.dataSkippingStatsColumns';

test.each<[what: string, properties: Record<string, string>, clustering: string[][] | undefined, columns: string[]]>([
  ['the first 32', {}, undefined, ['id', 'place/city', 'place/a.b', 'note']],
  ['as many as the table says', { [count]: '2' }, undefined, ['id', 'place/city']],
  ['all', { [count]: '-1' }, undefined, ['id', 'place/city', 'place/a.b', 'note']],
  ['none', { [count]: '0' }, undefined, []],
  [
    'the first ones, where the number is none',
    { [count]: 'many' },
    undefined,
    ['id', 'place/city', 'place/a.b', 'note'],
  ],
  ['those that are named, before any number', { [named]: 'note, ID', [count]: '1' }, undefined, ['id', 'note']],
  ['all fields of a struct that is named', { [named]: 'place' }, undefined, ['place/city', 'place/a.b']],
  ['a field with a dot in its name', { [named]: 'place.`a.b`' }, undefined, ['place/a.b']],
  ['and always the clustering columns', { [count]: '1' }, [['note'], ['place', 'city']], ['id', 'place/city', 'note']],
  ['beside the named ones, too', { [named]: 'id' }, [['note']], ['id', 'note']],
])('columns with statistics: %s', async (_, properties, clustering, columns) => {
  expect(await indexed(properties, clustering)).toEqual(columns);
});

test('of a table that is not there yet, the properties say it', () => {
  expect(indexedColumnsFor({ [count]: '3' })).toEqual({ first: 3 });
  expect(indexedColumnsFor({ [named]: 'a.b,`c,d`' })).toEqual({ only: [['a', 'b'], ['c,d']] });
});

test.each(['{', '{"clusteringColumns":["note"]}', 'null'])(
  'a domain that does not say the clustering columns makes the table corrupt: %s',
  async (configuration) => {
    const state = await tableWith({}, configuration);
    expect(() => indexedColumnsOf(state, '/lake/trips')).toThrow(
      expect.objectContaining({
        code: 'TABLE_CORRUPT',
        message: expect.stringMatching(/^\/lake\/trips: the metadata domain delta\.clustering /) as string,
      }),
    );
  },
);
