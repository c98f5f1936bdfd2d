import { describe, expect, it } from 'vitest';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { laneSchemaFor, settleFindings } from '../../../../src/ingest/schema/settle-schema.ts';
import type { BinaryParse } from '../../../../src/model/job/binary-parse.ts';
import type { JobSpec, SchemaEvolution } from '../../../../src/model/job/job-spec.ts';
import { withLaneSchema } from '../../../../src/model/batch/lane-schema.ts';
import { field, struct, type StructField } from '../../../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { jobSpec } from '../../../support/run-pipeline.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

function registryJob(schema: readonly StructField[], schemaEvolution: SchemaEvolution = 'addColumns'): JobSpec {
  const parse: BinaryParse = {
    format: 'avro',
    from: { kind: 'registry', url: 'http://nowhere', subject: 's' },
    schema,
    pinned: { text: '{}', references: [] },
    onCastFailure: 'reject',
  };
  const spec = jobSpec({ parse, metadata: { _raw_value: 'valueBytes' } });
  return { ...spec, table: { ...spec.table, schemaEvolution } };
}

async function tableWith(properties: Readonly<Record<string, string>>, ...fields: StructField[]): Promise<TableState> {
  const schema = struct(...fields, field('_raw_value', 'binary'));
  const store = new LocalObjectStore(await scratchFolder());
  return commitActions(store, undefined, newTableActions({ schema, partitionColumns: [], properties }));
}

const finding = (schemaId: number, ...columns: StructField[]) => ({ schemaId, columns });

describe('what a lane reads once its records have shown more', () => {
  it('is all that schemas have together, in the order of their ids; of two that disagree the older one wins', () => {
    const settled = settleFindings(undefined, registryJob([field('id', 'long')]), [
      finding(7, field('id', 'long'), field('x', 'string'), field('z', 'date')),
      finding(3, field('id', 'long'), field('x', 'long')),
      finding(5, field('y', struct(field('a', 'double')))),
    ]);
    expect(settled).toEqual({
      columns: [field('id', 'long'), field('x', 'long'), field('y', struct(field('a', 'double')))],
      verdicts: [{ schemaId: 7, refusal: 'x is string, and the column is long' }],
    });
  });

  it('has wider types where the table can get them', async () => {
    const state = await tableWith({ 'delta.enableTypeWidening': 'true' }, field('id', 'integer'));
    const settled = settleFindings(state, registryJob([field('id', 'integer')]), [finding(2, field('id', 'long'))]);
    expect(settled).toEqual({ columns: [field('id', 'long')], verdicts: [] });
  });

  it('keeps narrow integers where the table cannot widen them, and leaves each value to the cast', async () => {
    const state = await tableWith({}, field('id', 'integer'));
    const settled = settleFindings(state, registryJob([field('id', 'integer')]), [
      finding(2, field('id', 'long'), field('note', 'string')),
    ]);
    expect(settled).toEqual({
      columns: [field('id', 'integer'), field('note', 'string')],
      verdicts: [{ schemaId: 2 }],
    });
  });

  it('refuses doubles for floats that cannot be widened: they would lose digits without a word', async () => {
    const state = await tableWith({}, field('n', 'float'));
    const settled = settleFindings(state, registryJob([field('n', 'float')]), [finding(2, field('n', 'double'))]);
    expect(settled.columns).toEqual([field('n', 'float')]);
    expect(settled.verdicts).toMatchObject([{ schemaId: 2, refusal: expect.stringMatching(/typeWidening/) as string }]);
  });

  it('refuses columns that contradict the table, or the job itself', async () => {
    const state = await tableWith({}, field('id', 'long'), field('x', 'date'));
    const settled = settleFindings(state, registryJob([field('id', 'long')]), [
      finding(2, field('x', 'string')),
      finding(3, field('_RAW_value', 'string')),
    ]);
    expect(settled.columns).toEqual([field('id', 'long')]);
    expect(settled.verdicts.map(({ refusal }) => refusal)).toEqual([
      expect.stringMatching(/x is date in the table and string in the job/),
      expect.stringMatching(/names must differ in more than case/),
    ]);
  });

  it('takes the wider types and further fields of the table', async () => {
    const state = await tableWith({}, field('at', struct(field('lat', 'double'), field('alt', 'long'))));
    const settled = settleFindings(state, registryJob([field('id', 'long')]), [
      finding(2, field('at', struct(field('lat', 'float')))),
    ]);
    expect(settled.columns[1]).toEqual(field('at', struct(field('lat', 'double'), field('alt', 'long'))));
  });
});

describe('a lane that is opened', () => {
  const previous = { topic: 't', topicId: 'i', epoch: 1, nextBatch: 3, positions: [] };
  const schema = { columns: [field('id', 'long'), field('x', 'long')], verdicts: [] };

  it('reads on as it did before, unless the table has become another', async () => {
    const spec = registryJob([field('id', 'long')]);
    const same = await tableWith({}, field('id', 'long'), field('x', 'long'));
    expect(laneSchemaFor(same, spec, { ...previous, schema })).toEqual(schema);
    const other = await tableWith({}, field('id', 'long'), field('x', 'string'));
    expect(laneSchemaFor(other, spec, { ...previous, schema })).toBeUndefined();
  });

  it('takes on wider types that other lanes gave the table', async () => {
    const spec = registryJob([field('id', 'integer')]);
    const state = await tableWith({}, field('id', 'long'));
    const opened = laneSchemaFor(state, spec, undefined);
    expect(withLaneSchema(spec, opened).steps.parse).toMatchObject({ schema: [field('id', 'long')] });
  });
});
