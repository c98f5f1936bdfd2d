import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../../../src/model/job/maintenance.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';

function maintenanceOf(maintenance: unknown): Maintenance | undefined {
  const document = { name: 'job', source: { topics: ['gps'] }, maintenance };
  return parseInlineJob(document, { env: {}, workingFolder: '/work-folder' }).maintenance;
}

describe('maintenance', () => {
  test.for([
    [undefined, undefined],
    [{ optimize: { every: '1 hour' } }, { optimize: { everyMs: 3_600_000 } }],
    [
      {
        optimize: { every: '1 hour', sortBy: '_kafka_partition, _kafka_offset' },
        vacuum: { every: '1 day', retention: '14 days' },
      },
      {
        optimize: { everyMs: 3_600_000, clustering: { kind: 'sort', columns: ['_kafka_partition', '_kafka_offset'] } },
        vacuum: { everyMs: 86_400_000, retentionMs: 14 * 86_400_000 },
      },
    ],
    [
      { optimize: { every: 'PT30M', zOrderBy: ['_kafka_partition', '_kafka_offset'] } },
      {
        optimize: {
          everyMs: 1_800_000,
          clustering: { kind: 'zOrder', columns: ['_kafka_partition', '_kafka_offset'] },
        },
      },
    ],
    [{ cleanup: { every: '1 day' } }, { cleanup: { everyMs: 86_400_000 } }],
  ] as const)('%j', ([written, expected]) => {
    expect(maintenanceOf(written)).toEqual(expected);
  });

  test.for([
    [{ optimize: { every: '1 second' } }, 'maintenance.optimize.every'],
    [{ optimize: {} }, 'maintenance.optimize.every'],
    [{ vacuum: { every: '1 day', retention: 7 } }, 'maintenance.vacuum.retention'],
    [
      { optimize: { every: '1 hour', sortBy: '_kafka_offset', zOrderBy: '_kafka_partition' } },
      'rows have one order; keep sortBy or zOrderBy',
    ],
    [{ optimize: { every: '1 hour', sortBy: '_kafka_ofset' } }, 'did you mean _kafka_offset?'],
    [{ optimize: { every: '1 hour', zOrderBy: '_ingestion_date' } }, '_ingestion_date is a partition column'],
    [{ compact: {} }, 'compact'],
  ] as const)('%j is refused', ([written, problem]) => {
    expect(() => maintenanceOf(written)).toThrow(problem);
  });

  test('rows may be ordered by a column that the table gets while the job runs', () => {
    const document = {
      name: 'job',
      source: { topics: ['gps'] },
      steps: { parse: { schema: { id: 'int' }, extraFields: 'addColumns' } },
      maintenance: { optimize: { every: '1 hour', sortBy: 'speed' } },
    };
    const { maintenance } = parseInlineJob(document, { env: {}, workingFolder: '/work-folder' });
    expect(maintenance?.optimize?.clustering?.columns).toEqual(['speed']);
  });
});
