import { describe, expect, it } from 'vitest';
import { checkJobPipeline } from '../../../../src/ingest/transform/check-pipeline.ts';
import { jobSpec } from '../../../support/run-pipeline.ts';

function check(sql: string): Promise<void> {
  return checkJobPipeline(
    jobSpec({ metadata: { value: 'value', now_at: 'timestamp' }, derive: [{ name: 'd', type: 'string', sql }] }),
  );
}

describe('SQL of derived columns', () => {
  it.each([
    'value',
    'upper("value") || now_at -- comment',
    "CASE WHEN value LIKE '%(%' THEN 1 END",
    "json_extract_string(value, '$.a')",
    'list_transform([1, 2], lambda x: x + length(value))',
    "regexp_extract(value, '[a-z;]+')",
  ])('may be any expression over the columns before: %s', async (sql) => {
    await expect(check(sql)).resolves.toBeUndefined();
  });

  it.each([
    ['syntax error', 'value +'],
    ['one SQL expression', '1) AS a, (2'],
    ['one SQL expression', "1) FROM read_text('/etc/passwd') x WHERE (true"],
    ['SELECT', '1); DROP TABLE staged; SELECT (1'],
    ['subquery', "(SELECT content FROM read_text('/etc/passwd'))"],
    ['subquery', 'value IN (SELECT value FROM input_0)'],
    ['window', 'row_number() OVER ()'],
    ['depends on more than the record', 'random()'],
    ['depends on more than the record', 'now()::VARCHAR'],
    ['depends on more than the record', 'current_timestamp::VARCHAR'],
    ['depends on more than the record', "current_setting('memory_limit')"],
    ['instead of *', 'COLUMNS(*)'],
    ['there is no column', '__kb_offset'],
    ['there is no column valeu; did you mean value?', 'valeu.id'],
    ['nope', 'nope + 1'],
    ['later', 'later'],
    ['no_such_function', 'no_such_function(value)'],
    ['an aggregate is not possible here', 'max(value)'],
  ])('is refused with a reason (%s): %s', async (reason, sql) => {
    await expect(check(sql)).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringContaining(reason) as string,
    });
  });

  it('names its place, and the column that is missing', async () => {
    await expect(check('nope')).rejects.toThrow('job test-job: steps.derive.d.sql: there is no column nope');
  });
});

describe('SQL of outputs', () => {
  const target = { name: 'o', path: '/nowhere/o', partitionBy: [], properties: {}, targetFileSizeBytes: 1 << 20 };
  const aggregated = (input: string): Promise<void> =>
    checkJobPipeline(
      jobSpec({
        metadata: { value: 'value', offset: 'offset' },
        outputs: [
          {
            ...target,
            kind: 'aggregate',
            groupBy: ['value'],
            aggregates: [{ name: 'm', type: 'long', function: 'max', input }],
            mode: 'update',
          },
        ],
      }),
    );

  it.each(['"offset" * 2', 'length(value) -- comment'])('may be any expression over the columns: %s', async (sql) => {
    await expect(aggregated(sql)).resolves.toBeUndefined();
  });

  it.each([
    ['subquery', "(SELECT content FROM read_text('/etc/passwd'))"],
    ['depends on more than the record', 'random()'],
    ['there is no column', '__kb_offset'],
    ['nope', 'nope + 1'],
    ['aggregate', 'max("offset")'],
  ])('is refused before the job starts (%s): %s', async (problem, sql) => {
    const refused = expect(aggregated(sql)).rejects;
    await refused.toMatchObject({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string });
    await refused.toThrow('job test-job: outputs.o.aggregates.m: ');
  });
});
