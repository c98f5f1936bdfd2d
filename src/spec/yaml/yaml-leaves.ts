import { z } from 'zod';
import { parseOffsetPosition, type Parsed } from '../../model/batch/offset-position.ts';
import type { OffsetPosition, Trigger } from '../../model/job/job-spec.ts';
import { parseByteSize } from './byte-sizes.ts';
import { parseDuration } from './durations.ts';
import { didYouMean } from '../../model/nearest-name.ts';

/** What an editor gets to know of a key: part of a JSON Schema. */
export interface EditorHints {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

type JsonSchemaPart = Readonly<Record<string, unknown>>;

/** Where a variable stands for the value. */
export const reference: JsonSchemaPart = { type: 'string', pattern: String.raw`\$\{` };

/** A value that `parse` reads; `json` is what a JSON Schema can say of it. The message of an issue is what was expected. */
export function leaf<T>(json: JsonSchemaPart, parse: (value: unknown) => Parsed<T>): z.ZodType<T> {
  return z
    .unknown()
    .transform((value, context): T => {
      const parsed = parse(value);
      if (parsed.ok) return parsed.value;
      context.issues.push({ code: 'custom', message: parsed.expected, input: value });
      return z.NEVER;
    })
    .meta(json);
}

export function text(hints: EditorHints, expected = 'a text'): z.ZodType<string> {
  return leaf({ type: 'string', ...hints }, (value) =>
    typeof value === 'string' && value.trim() !== '' ? { ok: true, value } : { ok: false, expected },
  );
}

/** `true` and `false`, also as texts, since a variable can only hold a text. */
export function flag(hints: EditorHints): z.ZodType<boolean> {
  return leaf({ anyOf: [{ type: 'boolean' }, reference], ...hints }, (value) => {
    if (value === true || value === 'true') return { ok: true, value: true };
    if (value === false || value === 'false') return { ok: true, value: false };
    return { ok: false, expected: 'true or false' };
  });
}

export function choice<const T extends string>(choices: readonly T[], hints: EditorHints): z.ZodType<T> {
  return leaf({ anyOf: [{ enum: choices }, reference], ...hints }, (value) => {
    const found = choices.find((candidate) => candidate === value);
    return found === undefined ? { ok: false, expected: expectedOneOf(choices, value) } : { ok: true, value: found };
  });
}

export function expectedOneOf(choices: readonly string[], value: unknown): string {
  const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
  return `${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}${hint}`;
}

/** A whole number above 0. */
export function count(hints: EditorHints): z.ZodType<number> {
  return leaf({ anyOf: [{ type: 'integer', minimum: 1 }, reference], ...hints }, (value) => {
    const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number > 0
      ? { ok: true, value: number }
      : { ok: false, expected: 'a whole number above 0' };
  });
}

export function byteSize(hints: EditorHints): z.ZodType<number> {
  return leaf({ anyOf: [{ type: 'integer', minimum: 1 }, { type: 'string' }], ...hints }, (value) => {
    const expected = 'a size above 0 such as 256 MiB, 64mb, 1g or a number of bytes';
    if (typeof value !== 'string' && typeof value !== 'number') return { ok: false, expected };
    const size = parseByteSize(value);
    return size.ok && size.value > 0 ? size : { ok: false, expected };
  });
}

const longestIntervalMs = 7 * 86_400_000;

export function trigger(hints: EditorHints): z.ZodType<Trigger> {
  return leaf({ type: 'string', ...hints }, (value): Parsed<Trigger> => {
    const expected = 'availableNow, or a duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S';
    if (value === 'availableNow') return { ok: true, value: { kind: 'availableNow' } };
    const interval = typeof value === 'string' ? parseDuration(value) : undefined;
    return interval?.ok === true && interval.value > 0 && interval.value <= longestIntervalMs
      ? { ok: true, value: { kind: 'interval', intervalMs: interval.value } }
      : { ok: false, expected };
  });
}

export function startingOffsets(hints: EditorHints): z.ZodType<OffsetPosition> {
  const shapes = [
    { type: 'string' },
    { type: 'integer' },
    { type: 'object', additionalProperties: { type: 'object' } },
  ];
  return leaf({ anyOf: shapes, ...hints }, parseOffsetPosition);
}

/** A list, or one text with commas; each item is checked by `matches`. */
export function textList(
  hints: EditorHints,
  matches: RegExp,
  expected: string,
  length: 'at least one' | 'empty too' = 'at least one',
): z.ZodType<readonly string[]> {
  const minItems = length === 'empty too' ? 0 : 1;
  const shapes = [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems }];
  return leaf({ anyOf: shapes, ...hints }, (value) => {
    const items: unknown = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(items) || items.length < minItems) return { ok: false, expected };
    const texts = items.filter((item) => typeof item === 'string').map((item) => item.trim());
    const wrong = texts.find((item) => !matches.test(item));
    if (wrong !== undefined) return { ok: false, expected: `${expected}; ${JSON.stringify(wrong)} is none` };
    return texts.length === items.length ? { ok: true, value: texts } : { ok: false, expected };
  });
}

/** The value of a table property: always a text in the table. */
export function propertyValue(): z.ZodType<string> {
  return leaf({ type: ['string', 'number', 'boolean'] }, (value) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? { ok: true, value: String(value) }
      : { ok: false, expected: 'a text, a number, true or false' },
  );
}

/** What messages about a map say besides its keys. */
interface SectionHelp {
  /** The map as it may be written, for whoever wrote something else. */
  readonly example?: string;
  /** Keys of its other forms: what is written may be a slip of one of them. */
  readonly otherKeys?: readonly string[];
}

/** A map with these keys and no others. */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
  hints: EditorHints,
  { example, otherKeys = [] }: SectionHelp = {},
): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape);
  const expected = `a map with the keys ${keys.join(', ')}${example === undefined ? '' : `, such as ${example}`}`;
  return z
    .strictObject(shape, {
      // For unknown keys the message carries the known ones; `schema-problems.ts` words it.
      error: (issue) =>
        issue.code === 'unrecognized_keys' ? [keys, otherKeys].map((some) => some.join(' ')).join('|') : expected,
    })
    .meta({ ...hints });
}

/** A map from names that people choose. */
export function named<T>(
  value: z.ZodType<T>,
  expected: string,
  hints: EditorHints,
): z.ZodType<Readonly<Record<string, T>>> {
  return z.record(z.string(), value, { error: expected }).meta({ ...hints });
}
