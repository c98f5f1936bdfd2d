import type { z } from 'zod';
import type { DeduplicateStep } from '../../model/job/deduplicate-rule.ts';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { parseDuration } from './durations.ts';
import { choice, leaf, section, text, textList } from './yaml-leaves.ts';

export const deduplicateYaml = section(
  {
    key: textList(
      {
        description:
          'The fields (such as event_id or user.id) that rows are the same by; together, where there are more.',
        examples: ['event_id', ['user.id', 'event_type']],
      },
      /./,
      'a field of the table, or a list of fields',
    ),
    window: leaf(
      {
        type: 'string',
        description: 'How far apart rows with the same key may be and still are duplicates; or unlimited.',
        examples: ['1 hour', '1 day', 'unlimited'],
      },
      (value): Parsed<number | 'unlimited'> => {
        if (value === 'unlimited') return { ok: true, value };
        const width = typeof value === 'string' ? parseDuration(value) : undefined;
        return width?.ok === true ? width : { ok: false, expected: 'unlimited, or a duration such as 1 hour or PT10M' };
      },
    ).optional(),
    time: text({
      description: 'The field that the window is measured on: a timestamp, a date, or milliseconds since the epoch.',
    }).optional(),
    scope: choice(['table', 'batch'], {
      description:
        'Look for duplicates among what the table holds as well (table, the default), or only among the rows of a micro-batch.',
    }).optional(),
    keep: choice(['first', 'earliest', 'latest'], {
      description:
        'Which of the duplicates in a micro-batch stays: the first by topic partition and offset (the default), the earliest or the latest. What the table holds stays in any case.',
    }).optional(),
    orderBy: text({
      description: "What earliest and latest go by. Default: the record's timestamp in Kafka.",
    }).optional(),
    nullKeys: choice(['distinct', 'equal'], {
      description:
        'Rows with a null in their key: never duplicates (distinct, the default), or nulls are compared as values (equal).',
    }).optional(),
  },
  { description: 'One row for each key: further ones are dropped and counted.' },
);

export type DeduplicateYaml = z.infer<typeof deduplicateYaml>;

export function buildDeduplicate(written: DeduplicateYaml): DeduplicateStep {
  const { key, window, time, scope = 'table', keep = 'first', orderBy, nullKeys = 'distinct' } = written;
  return {
    key,
    keep,
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(typeof window === 'number' && time !== undefined ? { window: { field: time, widthMs: window } } : {}),
    scope,
    nullKeys,
  };
}
