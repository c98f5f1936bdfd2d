import { z } from 'zod';
import { dropReasons, type DropReason } from '../../model/batch/batch.ts';
import { deadLetterCodes } from '../../model/table/dead-letter.ts';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { isMap } from '../document/document-path.ts';
import { readHeaders, readInstantMs, readKey, readValue } from '../job-tests/record-content.ts';
import { choice, leaf, named, section, text } from './yaml-leaves.ts';

function wholeNumber(description: string): z.ZodType<number> {
  return leaf({ type: 'integer', minimum: 0, description }, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? { ok: true, value }
      : { ok: false, expected: 'a whole number' },
  );
}

function instant(description: string): z.ZodType<number> {
  return leaf({ type: ['string', 'integer'], description }, (value): Parsed<number> => {
    const timestampMs = readInstantMs(value);
    return timestampMs === undefined
      ? { ok: false, expected: 'a time such as 2026-01-27T10:00:00Z, or milliseconds since the epoch' }
      : { ok: true, value: timestampMs };
  });
}

const recordYaml = section(
  {
    value: leaf(
      {
        description:
          'A text is taken as UTF-8, null is a tombstone, {base64: …} and {hex: …} are bytes; a map is written in the format of the job.',
      },
      readValue,
    ),
    key: leaf(
      {
        description:
          "The key: a text, null or bytes in the same forms; everything else is written in the format of the job's keys, by default as JSON. Default: null.",
      },
      readKey,
    ).optional(),
    headers: leaf(
      {
        type: 'object',
        description:
          'Name to value: a text, null or bytes, or what is to be written as JSON; a list repeats the header.',
      },
      readHeaders,
    ).optional(),
    timestamp: instant('Default: when the micro-batch is planned.').optional(),
    partition: wholeNumber('The topic partition. Default: 0.').optional(),
  },
  { description: 'A Kafka record. Its offset is its position among the records of its topic partition, from 0.' },
);

const deadLetterYaml = section(
  {
    code: choice(deadLetterCodes, { description: 'The error code.' }),
    step: text({ description: 'The step that refuses the record.' }).optional(),
    partition: wholeNumber('The topic partition. Default: any.').optional(),
    offset: wholeNumber('The offset. Default: any.').optional(),
    message: text({ description: 'A part of the message.' }).optional(),
  },
  { description: 'A record that is refused.' },
);

/** Rows as they are written; the columns give them their types. */
export type RowsYaml =
  | { readonly kind: 'anyOrder'; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: 'byOffset'; readonly rows: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

const rowsYaml = leaf(
  {
    anyOf: [
      { type: 'array', items: { type: 'object' } },
      {
        type: 'object',
        propertyNames: { pattern: String.raw`^(\d+/)?\d+$` },
        additionalProperties: { type: 'object' },
      },
    ],
    description:
      'A list of rows in any order, or a map from offset (or partition/offset) to row. Only the columns named are compared.',
  },
  (value): Parsed<RowsYaml> => {
    const rows: readonly unknown[] = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [undefined];
    const keysFit = !isMap(value) || Object.keys(value).every((key) => /^(\d+\/)?\d+$/.test(key));
    if (!keysFit || !rows.every(isMap)) {
      return { ok: false, expected: 'a list of rows, or a map from offset (or partition/offset) to row' };
    }
    return isMap(value)
      ? {
          ok: true,
          value: {
            kind: 'byOffset',
            rows: Object.fromEntries(Object.keys(value).map((key, i) => [key, rows[i] ?? {}])),
          },
        }
      : { ok: true, value: { kind: 'anyOrder', rows } };
  },
);

const outputRowsYaml = leaf(
  {
    type: 'array',
    items: { type: 'object' },
    description: 'Rows in any order; of windows in mode append, the final ones. Only the columns named are compared.',
  },
  (value): Parsed<readonly Readonly<Record<string, unknown>>[]> => {
    const rows: readonly unknown[] = Array.isArray(value) ? value : [undefined];
    return rows.every(isMap) ? { ok: true, value: rows } : { ok: false, expected: 'a list of rows' };
  },
);

const expectYaml = section(
  {
    rows: rowsYaml.optional(),
    deadLetters: z
      .array(deadLetterYaml, { error: 'a list of dead letters' })
      .meta({ description: 'The records that are refused, in any order. Default: none.' })
      .optional(),
    drops: named(wholeNumber('How many.'), 'a map from reason to number', {
      description: 'Records that are dropped and counted, by reason. Default: none.',
      examples: [{ tombstone: 1 } satisfies Partial<Record<DropReason, number>>],
    }).optional(),
    outputs: named(outputRowsYaml, 'a map from output to its rows', {
      description: 'The rows of outputs after these records alone. Outputs that are not named are not looked at.',
    }).optional(),
    late: named(wholeNumber('How many.'), 'a map from output to number', {
      description: 'How many records come too late for all their windows, by output. Default: any number.',
    }).optional(),
  },
  { description: 'All that comes of the records; but for outputs, what is not named must not be there.' },
);

const testYaml = section(
  {
    name: text({ description: 'What the test shows.' }),
    topic: text({ description: "Default: the job's first topic." }).optional(),
    ingestedAt: instant('When the micro-batch is planned. Default: 2026-01-01T00:00:00Z.').optional(),
    records: z.array(recordYaml, { error: 'a list of records' }).meta({ description: 'The records that go in.' }),
    expect: expectYaml,
  },
  { description: 'Records, and what they have to become.' },
);

/** The `tests` of a job file. Running jobs pass over them; `bronze test` and `bronze validate` read them. */
export const testsYaml = z.array(testYaml, { error: 'a list of tests' }).meta({
  description:
    'Tests of the job: given records, and the rows, dead letters, drops and rows of outputs that have to come of them. bronze test runs them without a server.',
});

export type TestYaml = z.output<typeof testYaml>;

export function isDropReason(reason: string): reason is DropReason {
  return dropReasons.some((known) => known === reason);
}
