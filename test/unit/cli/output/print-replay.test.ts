import { expect, test } from 'vitest';
import { renderReplay } from '../../../../src/cli/output/print-replay.ts';

test('a replay is told by what became of all that was chosen', () => {
  const share = {
    ...{ table: '/lake/dlq_gps', chosen: 1420, eligible: 1400, left: { late: 15, redacted: 5 } },
    ...{ sent: { CAST_FAILED: 1200, EXTRA_FIELDS: 100 }, kept: { INVALID_JSON: 40 }, dropped: 10, beyondLimit: 50 },
  };
  const none = { table: 's3://lake/dlq_trips', chosen: 0, eligible: 0, left: {}, sent: {}, kept: {}, dropped: 0 };
  expect(renderReplay({ job: 'gps', shares: [share, { ...none, beyondLimit: 0 }] }, false)).toBe(
    `dlq_gps: 1,420 dead letters chosen
  1,300  sent: 1,200 CAST_FAILED, 100 EXTRA_FIELDS
     40  would be dead letters again, and stay: 40 INVALID_JSON
     10  would be dropped by the job, and stay
     15  came too late for an output, and are rows of the table (--all sends them)
      5  have no record any more: the job scrubs personal data (scrub.deadLetters)
     50  are beyond the limit

dlq_trips: no such dead letters`,
  );
});
