import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { field } from '../../src/model/table/table-schema.ts';
import { runPipeline } from '../support/run-pipeline.ts';

const folder = join(import.meta.dirname, 'json-test-suite');

interface Case {
  readonly name: string;
  readonly bytes: Buffer;
}

const cases: readonly Case[] = [
  ...readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) })),
  { name: 'n_structure_100000_opening_arrays.json', bytes: Buffer.from('['.repeat(100_000)) },
  { name: 'n_structure_open_array_object.json', bytes: Buffer.from('[{"":'.repeat(50_000)) },
];

/** The code of the dead letter, or `row`, for each value as a record of a job with `format: json`. */
async function outcomes(values: readonly Uint8Array[]): Promise<readonly string[]> {
  const { rows, deadLetters } = await runPipeline(
    {
      parse: { format: 'json', schema: [field('a', 'string')], onCastFailure: 'reject' },
      metadata: { _offset: 'offset' },
    },
    values.map((value) => ({ value })),
  );
  const byOffset = new Map<unknown, string>([
    ...rows.map((row) => [row['_offset'], 'row'] as const),
    ...deadLetters.map((letter) => [letter['offset'], String(letter['error_code'])] as const),
  ]);
  return values.map((_, offset) => byOffset.get(String(offset)) ?? 'lost');
}

/** The case itself, which is JSON that is no object where it is accepted, and as a field of an object. */
async function verdicts(kind: string): Promise<Readonly<Record<string, readonly [alone: string, inside: string]>>> {
  const chosen = cases.filter(({ name }) => name.startsWith(kind));
  const inside = chosen.map(({ bytes }) => Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('}')]));
  const found = await outcomes([...chosen.map(({ bytes }) => bytes), ...inside]);
  return Object.fromEntries(
    chosen.map(({ name }, index) => [name, [found[index] ?? '', found[index + chosen.length] ?? '']]),
  );
}

const refusals = ['INVALID_JSON', 'INVALID_UTF8', 'EMPTY_VALUE'];

describe('of the cases of JSONTestSuite', () => {
  test('those that are JSON are read', async () => {
    const found = Object.entries(await verdicts('y_'));
    expect(found).toHaveLength(95);
    expect(
      found.filter(([, [alone, inside]]) => inside !== 'row' || !['row', 'NOT_AN_OBJECT'].includes(alone)),
    ).toEqual([]);
  });

  test('those that are not are refused', async () => {
    const found = Object.entries(await verdicts('n_'));
    expect(found).toHaveLength(188);
    expect(found.filter(([, both]) => !both.every((code) => refusals.includes(code)))).toEqual([]);
  });

  test('those that RFC 8259 leaves open go as docs/formats.md says', async () => {
    const found = Object.entries(await verdicts('i_'));
    expect(found).toHaveLength(35);
    const documented = documentedChoices();
    const wrong = found.filter(([name, [, inside]]) => inside !== documented(name));
    expect(wrong).toEqual([]);
  });
});

/** The table of docs/formats.md: a pattern of names, and `row` or a code. */
function documentedChoices(): (name: string) => string | undefined {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'formats.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('JSON\n')) ?? '';
  const choices = Array.from(
    section.matchAll(/^\| .+? \| `(.+?)` +\| `(.+?)` +\|$/gm),
    ([, names = '', outcome = '']) => {
      const patterns = names
        .split(' ')
        .map((name) => new RegExp(`^i_${name.replaceAll('+', '\\+').replaceAll('*', '.*')}\\.json$`));
      return { patterns, outcome };
    },
  );
  return (name) => choices.find(({ patterns }) => patterns.some((pattern) => pattern.test(name)))?.outcome;
}
