import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../../src/model/maintenance.ts';
import { parseInlineJob } from '../../../src/spec/parse-job.ts';

function maintenanceOf(maintenance: unknown): Maintenance | undefined {
  const document = { name: 'job', source: { topics: ['gps'] }, maintenance };
  return parseInlineJob(document, { env: {}, workingFolder: '/work-folder' }).maintenance;
}

describe('maintenance', () => {
  test.for([
    [undefined, undefined],
    [{ optimize: { every: '1 hour' } }, { optimize: { everyMs: 3_600_000 } }],
    [
      { optimize: { every: '1 hour', sortBy: 'a, b' }, vacuum: { every: '1 day', retention: '14 days' } },
      {
        optimize: { everyMs: 3_600_000, clustering: { kind: 'sort', columns: ['a', 'b'] } },
        vacuum: { everyMs: 86_400_000, retentionMs: 14 * 86_400_000 },
      },
    ],
    [
      { optimize: { every: 'PT30M', zOrderBy: ['a', 'b'] } },
      { optimize: { everyMs: 1_800_000, clustering: { kind: 'zOrder', columns: ['a', 'b'] } } },
    ],
    [{ cleanup: { every: '1 day' } }, { cleanup: { everyMs: 86_400_000 } }],
  ] as const)('%j', ([written, expected]) => {
    expect(maintenanceOf(written)).toEqual(expected);
  });

  test.for([
    [{ optimize: { every: '1 second' } }, 'maintenance.optimize.every'],
    [{ optimize: {} }, 'maintenance.optimize.every'],
    [{ vacuum: { every: '1 day', retention: 7 } }, 'maintenance.vacuum.retention'],
    [{ optimize: { every: '1 hour', sortBy: 'a', zOrderBy: 'b' } }, 'rows have one order; keep sortBy or zOrderBy'],
    [{ compact: {} }, 'compact'],
  ] as const)('%j is refused', ([written, problem]) => {
    expect(() => maintenanceOf(written)).toThrow(problem);
  });
});
