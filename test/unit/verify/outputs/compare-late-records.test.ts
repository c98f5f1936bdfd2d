import { expect, test } from 'vitest';
import { openLakeSession } from '../../../../src/lake/lake-session.ts';
import { noOutputCounts } from '../../../../src/model/outputs/output-batch.ts';
import { struct } from '../../../../src/model/table/table-schema.ts';
import { compareLateRecords } from '../../../../src/verify/outputs/compare-late-records.ts';
import type { TopicRows } from '../../../../src/verify/outputs/output-rows.ts';
import { jobSpec } from '../../../support/run-pipeline.ts';

const taken = [{ partition: 0, startOffset: 0n, endOffset: 10n, lateness: undefined }];
const coverage = { taken, positions: new Map(), counts: noOutputCounts, deleteRules: new Set<string>() };
const rows: TopicRows = {
  ...{ spec: jobSpec({}), topic: 'events', shape: { schema: struct(), partitionColumns: [] }, columns: {} },
  ...{ isShared: false, hasCopies: false, hasDeadLetters: true },
};

test('a late record is one dead letter of its output, and what is not late is none', async () => {
  await using session = await openLakeSession();
  await session.run('CREATE TEMP TABLE verify_late AS SELECT 0 AS part, unnest([1, 2, 3]) AS off');
  // 1 is right, 2 is doubled, 3 is missing, 4 is not late; the others are beyond, of another output or no late records.
  await session.run(`CREATE TEMP TABLE verify_dead_letter_table AS SELECT * FROM (VALUES
    ('events', 'test-job', 'outputs.sums', 'LATE_RECORD', 0, 1), ('events', 'test-job', 'outputs.sums', 'LATE_RECORD', 0, 2),
    ('events', 'test-job', 'outputs.sums', 'LATE_RECORD', 0, 2), ('events', 'test-job', 'outputs.sums', 'LATE_RECORD', 0, 4),
    ('events', 'test-job', 'outputs.sums', 'LATE_RECORD', 0, 10), ('events', 'test-job', 'outputs.other', 'LATE_RECORD', 0, 3),
    ('events', 'other-job', 'outputs.sums', 'LATE_RECORD', 0, 3), ('events', 'test-job', 'parse', 'INVALID_JSON', 0, 5)
  ) t(topic, job, step, error_code, partition, "offset")`);
  expect(await compareLateRecords(session, { rows, coverage, output: 'sums' }, 2)).toEqual({
    count: 3,
    told: [
      { partition: 0, offset: 2n, isLate: true, deadLetters: 2 },
      { partition: 0, offset: 3n, isLate: true, deadLetters: 0 },
    ],
  });
  const without = { ...rows, hasDeadLetters: false };
  expect(await compareLateRecords(session, { rows: without, coverage, output: 'sums' }, 20)).toMatchObject({
    count: 3,
  });
});
