import { expect, it } from 'vitest';
import type { Action } from '../../../../src/delta/actions.ts';
import { fitTable, type TableFit } from '../../../../src/delta/schema/evolve-table.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import { allFields } from '../../../../src/delta/schema/schema-fields.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { physicalName } from '../../../../src/model/table/column-mapping.ts';
import { field, struct, type StructField, type StructType } from '../../../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

async function tableOf(schema: StructType, properties: Readonly<Record<string, string>> = {}): Promise<TableState> {
  const store = new LocalObjectStore(await scratchFolder());
  return commitActions(store, undefined, newTableActions({ schema, partitionColumns: [], properties }));
}

/** What the table is after the actions, as its log says. */
async function after(state: TableState, fit: TableFit): Promise<TableState> {
  const store = new LocalObjectStore(await scratchFolder());
  const { protocol, metaData } = state;
  const actions: readonly Action[] = fit.kind === 'evolves' ? fit.actions : [];
  const base = await commitActions(store, undefined, [{ protocol }, { metaData }]);
  return commitActions(store, base, actions);
}

const widening = { 'delta.enableTypeWidening': 'true' };

it('takes rows that lack columns of the table, and needs no change for them', async () => {
  const state = await tableOf(struct(field('id', 'long'), field('spark', 'string')));
  expect(fitTable(state, struct(field('id', 'long')))).toEqual({ kind: 'fits' });
});

it('adds columns and keeps all else that the metadata holds', async () => {
  const commented = { ...field('id', 'long'), metadata: { comment: 'the key' } };
  const state = await tableOf(struct(commented, field('at', struct(field('lat', 'double')))));
  const fit = fitTable(state, struct(field('at', struct(field('lon', 'double'))), field('note', 'string')));
  const evolved = await after(state, fit);
  expect(evolved.metaData).toEqual({ ...state.metaData, schemaString: evolved.metaData.schemaString });
  expect(evolved.protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
  expect(evolved.schema).toEqual(
    struct(commented, field('at', struct(field('lat', 'double'), field('lon', 'double'))), field('note', 'string')),
  );
});

it('names the feature that a new column needs', async () => {
  const state = await tableOf(struct(field('id', 'long')));
  const evolved = await after(state, fitTable(state, struct(field('wall', 'timestamp_ntz'))));
  expect(evolved.protocol).toEqual({
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['timestampNtz'],
    writerFeatures: ['appendOnly', 'invariants', 'timestampNtz'],
  });
});

it('notes each wider type at the nearest field, where the table allows it (PROTOCOL.md, Type Change Metadata)', async () => {
  const list = (element: 'integer' | 'long') =>
    ({
      type: 'array',
      elementType: { type: 'array', elementType: element, containsNull: true },
      containsNull: true,
    }) as const;
  const state = await tableOf(
    struct(field('n', 'integer'), field('s', struct(field('f', 'float'))), field('l', list('integer'))),
    widening,
  );
  const made = struct(field('n', 'long'), field('s', struct(field('f', 'double'))), field('l', list('long')));
  const evolved = await after(state, fitTable(state, made));
  const [n, s, l] = evolved.schema.fields;
  expect(n).toEqual({
    ...field('n', 'long'),
    metadata: { 'delta.typeChanges': [{ fromType: 'integer', toType: 'long' }] },
  });
  expect(s?.metadata).toEqual({});
  expect(s?.type).toMatchObject({
    fields: [
      { name: 'f', type: 'double', metadata: { 'delta.typeChanges': [{ fromType: 'float', toType: 'double' }] } },
    ],
  });
  expect(l?.metadata).toEqual({
    'delta.typeChanges': [{ fromType: 'integer', toType: 'long', fieldPath: 'element.element' }],
  });
  expect(fitTable(evolved, made)).toEqual({ kind: 'fits' });
});

it('keeps earlier type changes', async () => {
  const state = await tableOf(struct(field('n', 'short')), widening);
  const once = await after(state, fitTable(state, struct(field('n', 'integer'))));
  const twice = await after(once, fitTable(once, struct(field('n', 'long'))));
  expect(twice.schema.fields[0]?.metadata['delta.typeChanges']).toEqual([
    { fromType: 'short', toType: 'integer' },
    { fromType: 'integer', toType: 'long' },
  ]);
});

it.each([
  ['a wider type without the feature', struct(field('n', 'long')), /n is integer in the table and long.*typeWidening/],
  ['another type', struct(field('n', 'string')), /n is integer in the table and string in the job/],
  ['a narrower type', struct(field('n', 'short')), /n is integer in the table and short in the job/],
  ['another case', struct(field('N', 'integer')), /n of the table is called N in the job/],
  ['a name that Parquet tables cannot have', struct(field('n', 'integer'), field('a b', 'long')), /"a b"/],
])('refuses %s, and says what is wrong', async (_, made, problem) => {
  const fit = fitTable(await tableOf(struct(field('n', 'integer'))), made);
  expect(fit.kind === 'mismatch' && fit.problems.join('; ')).toMatch(problem);
});

it('refuses a table that takes no nulls within a column where the job may leave some', async () => {
  const items = (nullable: boolean): StructField[] => [
    field('s', struct(field('a', 'long', nullable))),
    field('list', { type: 'array', elementType: struct(field('b', 'long', nullable)), containsNull: nullable }),
    field('map', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: nullable }),
  ];
  const state = await tableOf(struct(...items(false)));
  expect(fitTable(state, struct(...items(false)))).toMatchObject({ kind: 'fits' });
  const fit = fitTable(state, struct(...items(true)));
  expect(fit.kind === 'mismatch' && fit.problems).toEqual([
    'column s.a is NOT NULL in the table, and nullable in the job',
    'elements of list are NOT NULL in the table, and nullable in the job',
    'column list[].b is NOT NULL in the table, and nullable in the job',
    'values of map are NOT NULL in the table, and nullable in the job',
  ]);
});

it('refuses a table that demands a value which is not made', async () => {
  const state = await tableOf(struct(field('id', 'long', false), field('n', 'long', false)));
  const fit = fitTable(state, struct(field('id', 'long')));
  expect(fit.kind === 'mismatch' && fit.problems).toEqual([
    'column id is NOT NULL in the table, and nullable in the job',
    "the table's column n is NOT NULL, and the job does not make it",
  ]);
});

it('gives new columns ids and names that follow from the table, at every depth', async () => {
  const properties = { 'delta.columnMapping.mode': 'name' };
  const state = await tableOf(struct(field('id', 'long'), field('s', struct(field('a', 'long')))), properties);
  expect(state.metaData.configuration['delta.columnMapping.maxColumnId']).toBe('3');
  const wanted = struct(
    field('s', struct(field('a', 'long'), field('b', 'string'))),
    field('list', { type: 'array', elementType: struct(field('x y', 'long')), containsNull: true }),
  );
  const [one, other] = [fitTable(state, wanted), fitTable(state, wanted)];
  if (one.kind !== 'evolves') throw new Error('nothing is new');
  expect(other).toEqual(one);
  const metaData = one.actions.find((action) => 'metaData' in action)?.metaData;
  expect(metaData?.configuration).toEqual({ ...properties, 'delta.columnMapping.maxColumnId': '6' });
  const named = Array.from(allFields(one.schema), ({ name, metadata }) => [name, metadata['delta.columnMapping.id']]);
  expect(named).toEqual([
    ['id', 1],
    ['s', 2],
    ['a', 3],
    ['b', 4],
    ['list', 5],
    ['x y', 6],
  ]);
  const names = Array.from(allFields(one.schema), (inner) => physicalName(inner, 'name'));
  expect(new Set(names).size).toBe(6);
  expect(names.every((name) => /^col-[0-9a-f-]{36}$/.test(name))).toBe(true);
});
