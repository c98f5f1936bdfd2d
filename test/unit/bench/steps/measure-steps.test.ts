import { expect, test } from 'vitest';
import { formatSteps, measureSteps } from '../../../../bench/steps/measure-steps.ts';
import { eventFormat } from '../../../../bench/steps/event-formats.ts';
import { stepCases } from '../../../../bench/steps/step-cases.ts';
import { runPipeline } from '../../../support/run-pipeline.ts';

test('every format and step takes every event, and none is measured without doing its work', async () => {
  const figures = await measureSteps(50, 1, () => undefined);
  expect(figures.map(({ rows }) => rows)).toEqual(figures.map(() => 50));
  expect(figures.map(({ name }) => name)).toEqual([
    'parse json',
    'parse avro',
    'parse protobuf',
    '+ extraFields: keep',
    ...['metadata', 'validate', 'scrub', 'normalize', 'derive'].map((step) => `+ ${step}`),
    '+ scrub, hashes with a key',
    'all of them',
  ]);
  expect(formatSteps(figures).split('\n')).toHaveLength(figures.length + 1);
});

test('the events are the same in every format', async () => {
  const [parse] = stepCases().map(({ format }) => format.parse);
  if (parse?.format !== 'json') throw new Error('the first case parses JSON');
  const rowsOf = async (name: 'json' | 'avro' | 'protobuf'): Promise<unknown> => {
    const format = eventFormat(name, parse.schema);
    const records = format.values(120).map((value) => ({ value }));
    const { rows } = await runPipeline({ parse: format.parse, metadata: { _offset: 'offset' } }, records, {
      orderBy: '_offset',
    });
    return rows;
  };
  const json = await rowsOf('json');
  expect(json).toHaveLength(120);
  expect(await rowsOf('avro')).toEqual(json);
  expect(await rowsOf('protobuf')).toEqual(json);
});
