import { describe, expect, it } from 'vitest';
import { explanationAsJson, renderExplanation } from '../../../src/cli/output/print-explanation.ts';
import { parseInlineJob } from '../../../src/spec/parse-job.ts';
import { explainPipeline } from '../../../src/trial/explain-pipeline.ts';

const orders = explainPipeline(
  parseInlineJob(
    {
      name: 'orders',
      source: { topics: 'orders' },
      steps: {
        parse: { schema: { id: 'bigint not null', place: { lat: 'double' } } },
        metadata: { _date: 'ingestionDate' },
        validate: { rules: { 'no tests': { sql: 'id > 0', onFailure: 'drop' } }, columns: {} },
        derive: { twice: { type: 'bigint', sql: 'id * 2' } },
      },
      table: { partitionBy: '_date' },
      outputs: {
        by_date: { groupBy: '_date', aggregates: { orders: 'count(*)', total: 'sum(id)' }, partitionBy: '_date' },
        moved: { changes: { key: 'id', of: 'place' } },
      },
    },
    { env: {} },
  ),
);

describe('an explained pipeline', () => {
  it('names the steps in their order, with the columns in and out of each', () => {
    const steps = orders.steps.map(({ step, columnsIn, columnsOut }) => [
      step,
      columnsIn.map(({ name }) => name),
      columnsOut.map(({ name }) => name),
    ]);
    expect(steps.find(([step]) => step === 'parse')).toEqual(['parse', [], ['id', 'place']]);
    expect(steps.find(([step]) => step === 'metadata')).toEqual([
      'metadata',
      ['id', 'place'],
      ['id', 'place', '_date'],
    ]);
    expect(steps.at(-1)).toEqual(['derive', ['id', 'place', '_date'], ['id', 'place', '_date', 'twice']]);
    expect(orders.table.fields.map(({ name }) => name)).toEqual(['id', 'place', '_date', 'twice']);
  });

  it('is shown with what each step adds, and why it refuses records', () => {
    const text = renderExplanation(orders);
    expect(text).toContain('TOMBSTONE (malformed)');
    expect(text).not.toContain('INVALID_UTF8 (metadata)');
    expect(text).toMatch(/^1 parse {2}0 columns in, 2 columns out\n {2}refuses: .*INVALID_JSON.*REQUIRED_MISSING/m);
    expect(text).toContain('  +  id     bigint not null\n  +  place  struct<lat: double>\n');
    expect(text).toMatch(/^\d derive {2}3 columns in, 4 columns out\n {2}\+ {2}twice {2}bigint$/m);
    expect(text).toMatch(/^\d validate {2}.*\n {2}drops: failedRule$/m);
    expect(text).toMatch(/^table {2}4 columns, partitioned by _date \(job orders\)$/m);
  });

  it('shows the tables of outputs', () => {
    const text = renderExplanation(orders);
    expect(text).toContain(
      'output by_date  aggregate, 3 columns, partitioned by _date, a row for each _date\n' +
        '  +  _date   string\n  +  orders  bigint\n  +  total   decimal(38,0)\n',
    );
    expect(text).toMatch(/^output moved {2}changes, 5 columns\n[^]* {2}\+ {2}previous_place {2}struct<lat: double>$/m);
    expect(explanationAsJson(orders)).toMatchObject({
      outputs: [
        {
          output: 'by_date',
          kind: 'aggregate',
          keyColumns: ['_date'],
          table: [{ name: '_date', type: 'string' }, {}, {}],
        },
        { output: 'moved', kind: 'changes', keyColumns: [] },
      ],
    });
  });

  it('has all columns of every step for programs', () => {
    expect(explanationAsJson(orders)).toMatchObject({
      job: 'orders',
      partitionColumns: ['_date'],
      table: [
        { name: 'id', type: 'bigint', nullable: false },
        { name: 'place', type: 'struct<lat: double>', nullable: true },
        { name: '_date', type: 'string', nullable: true },
        { name: 'twice', type: 'bigint', nullable: true },
      ],
    });
  });
});
