import { z } from 'zod';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { columnType } from './columns-yaml.ts';
import { parseDuration } from './durations.ts';
import { isMap } from '../document/document-path.ts';
import { watermarkYaml } from './watermark-yaml.ts';
import {
  byteSize,
  choice,
  leaf,
  named,
  propertyValue,
  section,
  text,
  textList,
  type EditorHints,
} from './yaml-leaves.ts';

/** A duration above 0. */
function span(hints: EditorHints): z.ZodType<number> {
  return leaf({ type: 'string', ...hints }, (value): Parsed<number> => {
    const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
    return parsed?.ok === true && parsed.value > 0
      ? parsed
      : { ok: false, expected: 'a duration above 0 such as 10 seconds, 1 minute or PT10S' };
  });
}

const columnNames = (hints: EditorHints): z.ZodType<readonly string[]> =>
  textList(hints, /./, "columns of the job's table, a list of them or one text with commas");

const windowYaml = section(
  {
    tumbling: span({
      description: 'Windows that follow each other, each so long.',
      examples: ['10 seconds'],
    }).optional(),
    hopping: span({
      description: 'Windows of this length that overlap: one begins at each multiple of `every`.',
      examples: ['1 minute'],
    }).optional(),
    every: span({ description: 'How far apart hopping windows begin.', examples: ['10 seconds'] }).optional(),
    session: span({
      description: "From a key's first record until it has had none for so long.",
      examples: ['30 seconds'],
    }).optional(),
  },
  {
    description:
      'One of tumbling, hopping (with every) and session. Without a window: one row for each key, kept up to date.',
  },
  { example: '{ tumbling: 1 minute }' },
);

const aggregateHint =
  'A function over an SQL expression, such as avg(value), count(*) or approx_quantile(value, 0.95).';

/** What an aggregate says: its text, and the type where that cannot be told from the text. */
export interface WrittenAggregate {
  readonly sql: string;
  readonly type?: z.output<ReturnType<typeof columnType>> | undefined;
}

const typedAggregate = section(
  {
    type: columnType({ description: "The column's type.", examples: ['double', 'bigint'] }).optional(),
    sql: text({ description: aggregateHint, examples: ['max(value * 2)'] }, 'a function over an SQL expression'),
  },
  { description: 'An aggregate whose type cannot be told from its columns.' },
);

const aggregateYaml: z.ZodType<WrittenAggregate> = z
  .unknown()
  .transform((value, context): WrittenAggregate => {
    if (typeof value === 'string' && value.trim() !== '') return { sql: value };
    if (isMap(value)) {
      const parsed = typedAggregate.safeParse(value);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) {
        const { message, path } = issue;
        const found = { message, path, input: value };
        if (issue.code === 'unrecognized_keys') context.issues.push({ ...found, code: issue.code, keys: issue.keys });
        else context.issues.push({ ...found, code: 'custom' });
      }
    } else {
      const message = 'a function over an SQL expression such as avg(value), or a map with type and sql';
      context.issues.push({ code: 'custom', message, input: value });
    }
    return z.NEVER;
  })
  .meta({
    anyOf: [
      { type: 'string', description: aggregateHint, examples: ['avg(value)', 'count(*)'] },
      {
        type: 'object',
        additionalProperties: false,
        required: ['sql'],
        properties: {
          type: { type: 'string', description: "The column's type." },
          sql: { type: 'string', description: aggregateHint },
        },
      },
    ],
  });

const changesYaml = section(
  {
    key: columnNames({ description: 'What tells one thing from another, such as the id of a vehicle.' }),
    of: columnNames({ description: 'The columns whose changes are wanted.', examples: ['status'] }),
  },
  { description: 'A row for each record that differs from the one before it with the same key.' },
);

const mergeYaml = section(
  {
    key: columnNames({ description: 'What rows are the same by: one row stays for each key.' }),
    orderBy: text({
      description: 'The column by which a row is newer than another. Default: the order of offsets.',
    }).optional(),
    deleteWhen: text({
      description: 'A DuckDB SQL expression over the columns of a row: does it remove its key? Tombstones always do.',
      examples: ["op = 'd'"],
    }).optional(),
  },
  { description: 'The newest row for each key.' },
);

const outputYaml = section(
  {
    path: text(
      {
        description:
          "Where the output's table is: a folder or an s3:// URL; {topic} stands for the name of the topic. Default: beside the job's table, by the output's name.",
      },
      'a path',
    ).optional(),
    partitionBy: textList(
      { description: "Partition columns of the output's table. Default: none." },
      /./,
      "names of the output's columns, a list of them or one text with commas",
      'empty too',
    ).optional(),
    properties: named(propertyValue(), 'a map from table property to value', {
      description: 'Table properties of a new table.',
    }).optional(),
    targetFileSize: byteSize({
      description: 'A data file that grows beyond this is closed and another one begun.',
    }).optional(),
    window: windowYaml.optional(),
    eventTime: text({ description: 'The timestamp column that windows go by.', examples: ['ts'] }).optional(),
    watermark: watermarkYaml.optional(),
    idleAfter: leaf<number | 'never'>(
      {
        type: 'string',
        description:
          'A topic partition that is read to its end and had nothing new for so long holds back no window; or never. Default: 1 minute.',
        examples: ['1 minute', 'never'],
      },
      (value) =>
        value === 'never'
          ? { ok: true, value }
          : typeof value === 'string'
            ? parseDuration(value)
            : { ok: false, expected: 'never, or a duration such as 1 minute' },
    ).optional(),
    late: choice(['drop', 'deadLetter'], {
      description:
        'What becomes of a record that is late for all its windows: it is counted (drop, the default), or counted and a dead letter of code LATE_RECORD.',
    }).optional(),
    groupBy: columnNames({ description: "Columns of the job's table: one row for each of their values." }).optional(),
    aggregates: named(aggregateYaml, 'a map from column to an aggregate such as avg(value)', {
      description: 'Columns of the output: name to aggregate.',
    }).optional(),
    mode: choice(['append', 'update'], {
      description:
        'A row once, when its window is final (append, the default for windows), or replaced whenever it changes (update).',
    }).optional(),
    changes: changesYaml.optional(),
    merge: mergeYaml.optional(),
  },
  {
    description:
      "A further table, made of the rows of the job's table: aggregates, changes, or the newest row of each key.",
  },
);

export const outputsYaml = named(outputYaml, 'a map from name to output', {
  description: 'Further tables made of the rows, each exactly once: windows, running state, changes, newest rows.',
});

export type OutputYaml = z.output<typeof outputYaml>;
