import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inputTableSql, RecordAppender, rejectedTableSql } from '../../../../src/engine/append-records.ts';
import { EngineSession } from '../../../../src/engine/session.ts';
import { RecordStager, rejectedTable, stagedRows } from '../../../../src/ingest/transform/stage-records.ts';
import { hidden } from '../../../../src/model/pipeline/pipeline-step.ts';
import { field } from '../../../../src/model/table/table-schema.ts';
import { compilePipeline, type CompiledPipeline } from '../../../../src/transform/compile-pipeline.ts';
import { jobSpec, kafkaRecord } from '../../../support/run-pipeline.ts';

const facts = { job: 'j', topic: 't', batch: 1, plannedAtMs: 0 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bronze-stager-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A pipeline in which the engine fails as a whole at the records whose value holds `poison`. */
function poisonedPipeline(): CompiledPipeline {
  const spec = jobSpec({
    parse: { format: 'json', schema: [field('a', 'string')], onCastFailure: 'reject' },
    metadata: { v: 'value' },
  });
  const pipeline = compilePipeline(spec);
  const fails = `CASE WHEN contains(__kb_text, 'poison') THEN error('native failure: ' || __kb_text) ELSE __kb_text END`;
  return {
    ...pipeline,
    stagingSql: (table, batch) =>
      pipeline
        .stagingSql(table, batch)
        .replace(`FROM "${table}"`, `FROM (SELECT * REPLACE (${fails} AS __kb_text) FROM "${table}")`),
  };
}

async function stage(
  pipeline: CompiledPipeline,
  values: readonly (string | null)[],
  column: string,
): Promise<{ rows: unknown; deadLetters: unknown }> {
  await using session = await EngineSession.open({ folder: join(folder, 's'), memoryLimitBytes: 1 << 28 });
  await session.run(rejectedTableSql(rejectedTable), 'prepare');
  const appender = await RecordAppender.open(session.appendConnection, pipeline.needs, rejectedTable);
  await session.run(inputTableSql('input', pipeline.needs), 'prepare');
  await appender.beginInput('input');
  for (const [offset, value] of values.entries()) appender.append(kafkaRecord({ value }, offset));
  appender.close();
  const stager = new RecordStager(session, pipeline, facts);
  await stager.createDeadLetterTable();
  await stager.beginSlice();
  await stager.stage('input', values.length, 't/0 [0, 9)');
  await stager.sealSlice();
  const rows = await session.rows(
    `SELECT ${column} FROM ${stagedRows} WHERE __kb_reject IS NULL ORDER BY __kb_offset`,
    'read',
  );
  const deadLetters = await session.rows(
    'SELECT "offset", error_code, error_message, decode("value") FROM dead_letters ORDER BY "offset"',
    'read',
  );
  return { rows: rows.flat(), deadLetters };
}

describe('records at which the engine itself fails', () => {
  it('are set aside alone, with their bytes; all others go on', async () => {
    const values = Array.from({ length: 200 }, (_, i) =>
      i === 3 || i === 150 ? `{"a":"poison ${i}"}` : `{"a":"${i}"}`,
    );
    values[77] = 'broken';
    const { rows, deadLetters } = await stage(poisonedPipeline(), values, 'v');
    expect(rows).toEqual(values.filter((_, i) => ![3, 77, 150].includes(i)));
    const unprocessable = 'the engine cannot process the record: transform t/0 [0, 9): ';
    expect(deadLetters).toEqual([
      ['3', 'ENGINE_CRASHED', expect.stringContaining(unprocessable), '{"a":"poison 3"}'],
      ['77', 'INVALID_JSON', 'the value is not valid JSON', 'broken'],
      ['150', 'ENGINE_CRASHED', expect.stringContaining(unprocessable), '{"a":"poison 150"}'],
    ]);
  });
});

describe('tombstones', () => {
  it.each([
    ['of raw values that no column holds', { format: 'raw' } as const],
    ['of JSON', { format: 'json', schema: [field('a', 'string')], onCastFailure: 'null' } as const],
  ])('are told from empty and broken values, %s, where an output merges', async (_what, parse) => {
    const spec = jobSpec({ parse, malformed: { records: 'keep', tombstones: 'keep' }, metadata: { k: 'key' } });
    const merge = {
      kind: 'merge',
      name: 'm',
      path: '',
      partitionBy: [],
      properties: {},
      targetFileSizeBytes: 1,
    } as const;
    const pipeline = compilePipeline({ ...spec, outputs: [{ ...merge, key: ['k'] }] });
    const { rows } = await stage(pipeline, ['{"a":"1"}', null, '', 'null', '{'], hidden.isTombstone);
    expect(rows).toEqual([false, true, false, false, false]);
  });
});
