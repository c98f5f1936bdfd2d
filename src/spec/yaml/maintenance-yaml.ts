import type { Clustering, Maintenance } from '../../model/job/maintenance.ts';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { parseDuration } from './durations.ts';
import { leaf, section, textList, type EditorHints } from './yaml-leaves.ts';
import type { z } from 'zod';

const leastIntervalMs = 60_000;

function duration(hints: EditorHints, leastMs: number): z.ZodType<number> {
  return leaf({ type: 'string', ...hints }, (value): Parsed<number> => {
    const expected = 'a duration of a minute or more, such as 1 hour or 7 days';
    const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
    return parsed?.ok === true && parsed.value >= leastMs ? parsed : { ok: false, expected };
  });
}

const columns = (description: string): z.ZodType<readonly string[]> =>
  textList({ description }, /./, 'names of columns, a list of them or one text with commas');

export const maintenanceYaml = section(
  {
    optimize: section(
      {
        every: duration({ description: 'How often small files are joined.', examples: ['1 hour'] }, leastIntervalMs),
        sortBy: columns('Order the rows of the files by these columns, so that readers skip more files.').optional(),
        zOrderBy: columns('The same along a Z-order curve, for filters on any of several columns.').optional(),
      },
      { description: 'Join small files of the tables into files of about table.targetFileSize.' },
    ).optional(),
    vacuum: section(
      {
        every: duration({ description: 'How often old files are deleted.', examples: ['1 day'] }, leastIntervalMs),
        retention: duration(
          {
            description:
              "How long files stay that left the table. Default: the table's delta.deletedFileRetentionDuration.",
            examples: ['14 days'],
          },
          leastIntervalMs,
        ).optional(),
      },
      { description: 'Delete files that belong to no version of the tables that is kept.' },
    ).optional(),
    cleanup: section(
      { every: duration({ description: 'How often the log is cleaned up.', examples: ['1 day'] }, leastIntervalMs) },
      {
        description:
          "Delete entries and checkpoints of the tables' logs that are older than delta.logRetentionDuration (30 days) and that a younger checkpoint stands for.",
      },
    ).optional(),
  },
  { description: 'Work on the tables beside ingestion, as Temporal Schedules.' },
);

export type MaintenanceYaml = z.output<typeof maintenanceYaml>;

export function buildMaintenance({ optimize, vacuum, cleanup }: MaintenanceYaml): Maintenance {
  const clustering = optimize && clusteringOf(optimize);
  return {
    ...(optimize === undefined ? {} : { optimize: { everyMs: optimize.every, ...(clustering && { clustering }) } }),
    ...(vacuum === undefined
      ? {}
      : {
          vacuum: {
            everyMs: vacuum.every,
            ...(vacuum.retention === undefined ? {} : { retentionMs: vacuum.retention }),
          },
        }),
    ...(cleanup === undefined ? {} : { cleanup: { everyMs: cleanup.every } }),
  };
}

function clusteringOf({ sortBy, zOrderBy }: NonNullable<MaintenanceYaml['optimize']>): Clustering | undefined {
  if (sortBy) return { kind: 'sort', columns: sortBy };
  return zOrderBy && { kind: 'zOrder', columns: zOrderBy };
}
