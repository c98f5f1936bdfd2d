import { describe, expect, it } from 'vitest';
import { settleFindings } from '../../../../src/ingest/schema/settle-schema.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import type { JobSpec, ParseStep, SchemaEvolution } from '../../../../src/model/job/job-spec.ts';
import { lastingSchema, withLaneSchema, type LaneSchema } from '../../../../src/model/batch/lane-schema.ts';
import { field, struct, type StructField } from '../../../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { jobSpec, runPipeline, type PipelineRun, type SpecParts } from '../../../support/run-pipeline.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const known = [field('id', 'long'), field('at', struct(field('lat', 'double')))];
const metadata = { _offset: 'offset' } as const;

function partsOf(schema: readonly StructField[] = known): SpecParts & { readonly parse: ParseStep } {
  return { parse: { format: 'json', schema, onCastFailure: 'reject', extraFields: 'addColumns' }, metadata };
}

function group(parse: ParseStep, values: readonly string[], parts: SpecParts = {}): Promise<PipelineRun> {
  return runPipeline({ metadata, ...parts, parse }, values, { orderBy: '_offset' });
}

/** What the groups of a batch make of their values, once it is settled what they read. */
async function batch(
  groups: readonly (readonly string[])[],
  { state, parts = {} }: { readonly state?: TableState; readonly parts?: SpecParts } = {},
): Promise<{
  readonly runs: readonly PipelineRun[];
  readonly schema: LaneSchema | undefined;
  readonly rounds: number;
}> {
  const all = { ...partsOf(), ...parts };
  let spec: JobSpec = jobSpec(all);
  let schema: LaneSchema | undefined;
  for (let rounds = 1; ; rounds++) {
    const runs: PipelineRun[] = [];
    for (const values of groups) runs.push(await group(spec.steps.parse, values, parts));
    const findings = runs.flatMap((run) => run.group.findings ?? []);
    if (findings.length === 0) return { runs, schema, rounds };
    schema = settleFindings(state, spec, findings);
    spec = withLaneSchema(spec, schema);
  }
}

async function columnsAfter(...values: readonly string[]): Promise<readonly StructField[]> {
  const { schema } = await batch([values]);
  return (schema?.columns ?? known).slice(known.length);
}

async function tableWith(...fields: readonly StructField[]): Promise<TableState> {
  const schema = struct(...known, field('_offset', 'long'), ...fields);
  const store = new LocalObjectStore(await scratchFolder());
  return commitActions(store, undefined, newTableActions({ schema, partitionColumns: [], properties: {} }));
}

describe('fields that the schema does not name', () => {
  it('stage nothing, and are columns once that is settled', async () => {
    const values = ['{"id":1}', '{"id":2,"note":"x","at":{"lat":1.5,"alt":7,"by":{"gps":true}}}'];
    const first = await group(partsOf().parse, values);
    expect(first.files).toEqual([]);
    expect(first.group.findings).toEqual([
      {
        schemaId: null,
        columns: [
          field('at', struct(field('alt', 'long'), field('by', struct(field('gps', 'boolean'))))),
          field('note', 'string'),
        ],
      },
    ]);
    const { runs, rounds } = await batch([values]);
    expect(rounds).toBe(2);
    expect(runs[0]?.rows).toEqual([
      { id: '1', at: null, note: null, _offset: '0' },
      { id: '2', at: { lat: 1.5, alt: '7', by: { gps: true } }, note: 'x', _offset: '1' },
    ]);
  });

  it('are the same at every attempt, and whatever the order of the records', async () => {
    const values = ['{"id":1,"x":1,"l":[{"a":1}]}', '{"id":2,"x":1.5,"l":[{"b":null}]}', '{"id":3,"l":[],"X":{"y":0}}'];
    const attempts = [values, values, values.toReversed()];
    const findings = await Promise.all(
      attempts.map(async (some) => (await group(partsOf().parse, some)).group.findings),
    );
    expect(findings[1]).toEqual(findings[0]);
    expect(findings[2]).toEqual(findings[0]);
    const [one, other] = [await batch([values]), await batch([values])];
    expect(other.runs[0]?.rows).toEqual(one.runs[0]?.rows);
  });

  it.each<[values: readonly string[], columns: readonly StructField[]]>([
    [['{"x":9007199254740993}', '{"x":-1}'], [field('x', 'long')]],
    [['{"x":1}', '{"x":9223372036854775808}'], [field('x', 'decimal(38,0)')]],
    [['{"x":1}', '{"x":1e2}'], [field('x', 'double')]],
    [['{"x":-123456789012345678901234567890}'], [field('x', 'decimal(38,0)')]],
    [[`{"x":${'1'.repeat(39)}}`], [field('x', 'double')]],
    [['{"x":1}', '{"x":"a"}'], [field('x', 'string')]],
    [['{"x":{"a":1}}', '{"x":[1]}'], [field('x', 'string')]],
    [['{"x":true}', '{"x":null}'], [field('x', 'boolean')]],
    [['{"x":[1,null,2.5]}'], [field('x', { type: 'array', elementType: 'double', containsNull: true })]],
    [
      ['{"x":{"b":1,"a":{"c":null}}}', '{"x":{"a":{"c":"d"}}}'],
      [field('x', struct(field('a', struct(field('c', 'string'))), field('b', 'long')))],
    ],
    [['{"a b":1,"":2,"12":3,"__kb_x":4,"__proto__":5,"x":{"y z":1,"u":2}}'], [field('x', struct(field('u', 'long')))]],
    [['{"b/c~":1,"d.e":2}'], [field('b/c~', 'long'), field('d.e', 'long')]],
    [['{"yes":1,"YES":2}'], [field('YES', 'long')]],
    [['{"ID":1,"at":{"LAT":2}}'], []],
    [['{"x":null,"y":[],"z":{},"w":[{}]}'], []],
    [['{"id":"no number","x":1}'], []],
    [['[{"x":1}]', 'x', ''], []],
  ])('of %j become the columns %j', async (values, columns) => {
    expect(await columnsAfter(...values)).toEqual(columns);
  });

  it('stop no batch, whatever their values are', async () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const values = [`{"id":1,"x":${nested}}`, '{"id":2,"y":1e400}', '{"id":3,"z":"\\ud800"}', '{"id":4,"w":1}'];
    const { runs, rounds } = await batch([values]);
    expect((runs[0]?.rows.length ?? 0) + (runs[0]?.deadLetters.length ?? 0)).toBe(4);
    expect(runs[0]?.rows.at(-1)).toMatchObject({ id: '4', w: '1' });
    expect(rounds).toBeLessThanOrEqual(3);
  });

  it('keep the digits of integers', async () => {
    const { runs } = await batch([['{"x":9007199254740993,"y":-123456789012345678901234567890}', '{"x":-1,"y":7}']]);
    expect(runs[0]?.rows).toMatchObject([
      { x: '9007199254740993', y: '-123456789012345678901234567890' },
      { x: '-1', y: '7' },
    ]);
  });

  it('are text where they are nested without end', async () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    const [column] = await columnsAfter(`{"x":${deep}}`);
    expect(JSON.stringify(column?.type).match(/struct/g)).toHaveLength(10);
  });

  it('have one type in all groups of a batch, though the groups disagree', async () => {
    const { runs, schema } = await batch([['{"id":1,"n":1,"v":1}'], ['{"id":2,"n":2.5,"v":"two"}'], ['{"id":3}']]);
    expect(schema?.columns.slice(2)).toEqual([field('n', 'double'), field('v', 'string')]);
    expect(runs.map((run) => run.rows)).toMatchObject([
      [{ n: 1, v: '1' }],
      [{ n: 2.5, v: 'two' }],
      [{ n: null, v: null }],
    ]);
  });

  it('are dead letters in later batches where they contradict the column', async () => {
    const { schema } = await batch([['{"id":1,"n":1}']]);
    const spec = withLaneSchema(jobSpec(partsOf()), schema);
    const later = await group(spec.steps.parse, ['{"id":2,"n":"x"}', '{"id":3,"n":3}']);
    expect(later.group.findings).toBeUndefined();
    expect(later.rows).toMatchObject([{ id: '3', n: '3' }]);
    expect(later.deadLetters).toMatchObject([{ offset: '0', error_code: 'CAST_FAILED' }]);
  });

  it('are read as the type that the table has for them', async () => {
    const state = await tableWith(
      field('day', 'date'),
      field('s', struct(field('a', 'integer'), field('z', 'string'))),
    );
    const { runs, schema } = await batch([['{"day":"2026-01-27","s":{"a":1,"b":2}}', '{"day":"soon"}']], { state });
    expect(schema?.columns.slice(2)).toEqual([
      field('day', 'date'),
      field('s', struct(field('a', 'integer'), field('z', 'string'), field('b', 'long'))),
    ]);
    expect(runs[0]?.rows).toMatchObject([{ day: '2026-01-27', s: { a: 1, b: '2', z: null } }]);
    expect(runs[0]?.deadLetters).toMatchObject([{ error_code: 'CAST_FAILED' }]);
  });

  it('are left out for good where another column has the name', async () => {
    const { runs, schema, rounds } = await batch([['{"id":1,"_OFFSET":5,"x":6}']]);
    expect(schema).toEqual({ columns: [...known, field('x', 'long')], verdicts: [], leftOut: ['/_OFFSET'] });
    expect(runs[0]?.rows).toEqual([{ id: '1', at: null, x: '6', _offset: '0' }]);
    expect(rounds).toBe(2);
    const state = await tableWith(field('Note', 'string'));
    expect((await batch([['{"id":1,"note":"x"}']], { state })).schema?.leftOut).toEqual(['/note']);
  });

  it('become no columns where one batch has too many', async () => {
    const many = (from: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${from + i}`, i])));
    for (const groups of [[[many(0), '{"id":1}', many(300)]], [[many(0), '{"id":1}'], [many(300)]]]) {
      const { runs, schema } = await batch(groups);
      expect(runs.flatMap((run) => run.rows)).toMatchObject([{ id: '1' }]);
      const letters = runs.flatMap((run) => run.deadLetters);
      expect(letters).toHaveLength(2);
      expect(letters[0]).toMatchObject({ step: 'parse', error_code: 'EXTRA_FIELDS' });
      expect(letters[0]?.['error_message']).toMatch(/^the batch has more than 500 new fields, among them f/);
      expect(lastingSchema(schema)).toEqual({ columns: known, verdicts: [] });
    }
    expect(await columnsAfter(many(0))).toHaveLength(300);
  });

  it.each<[SchemaEvolution, letters: number]>([
    ['none', 0],
    ['strict', 1],
  ])('are no columns where the table must stay as it is: %s', async (schemaEvolution, letters) => {
    const run = await runPipeline({ ...partsOf(), schemaEvolution }, ['{"id":1,"x":2}', '{"id":2}'], {
      orderBy: '_offset',
    });
    expect(run.group.findings).toBeUndefined();
    expect(run.rows).toHaveLength(2 - letters);
    expect(run.rows[0]).not.toHaveProperty('x');
    expect(run.deadLetters.map((letter) => letter['error_code'])).toEqual(letters === 1 ? ['EXTRA_FIELDS'] : []);
  });

  it('are found wherever in a group they come first, and nothing is written from then on', async () => {
    const values = Array.from({ length: 3000 }, (_, i) => (i === 1500 ? '{"id":1,"late":true}' : `{"id":${i}}`));
    const limits = { inputBytes: 4096, inputRows: 100, sliceBytes: 8192 };
    const run = await runPipeline(partsOf(), values, { options: { limits } });
    expect(run.group).toMatchObject({
      findings: [{ columns: [field('late', 'boolean')] }],
      dataFiles: { kind: 'none' },
    });
  });
});
