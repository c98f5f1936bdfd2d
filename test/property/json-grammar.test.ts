import fc from 'fast-check';
import { expect, test } from 'vitest';
import { field, struct } from '../../src/model/table/table-schema.ts';
import { jsonText } from '../support/property/json-tree.ts';
import { propertyRuns, propertyTimeoutMs } from '../support/property/property-runs.ts';
import { randomRecords, randomStyle } from '../support/property/random-json.ts';
import { runPipeline } from '../support/run-pipeline.ts';

const list = { type: 'array', elementType: 'string', containsNull: true } as const;
// A decimal has numbers rewritten, a list inside of a struct makes the pipeline look into the text once more.
const schema = [field('a', 'string'), field('value', 'decimal(38,18)'), field('key', struct(field('a', list)))];

/** What breaks JSON, or looks as if it did. */
const pieces = [
  ...[',', ':', '"', '\\', '{', '}', '[', ']', '-', '+', '.', 'e', 'E', '0', '1', '01', '0x1', '1.', '.5', '1e', '-1'],
  ...[
    'NaN',
    'nan',
    'Infinity',
    '-inf',
    'nul',
    'null',
    'true',
    'True',
    ' ',
    '\n',
    '\t',
    '\f',
    '\v',
    '\0',
    '\u001f',
    '\u007f',
  ],
  ...[
    '\u00a0',
    '\ufeff',
    '\u2028',
    "'",
    '/',
    '//',
    '/**/',
    '#',
    'u',
    '\\u',
    '\\ud83d',
    '\\ude00',
    '\\x',
    '\\/',
    '\\n',
    '{}',
  ],
  ...['12345678.12345678', '"a":1', ',]', ',}', '""', '`', '12345678901234567890'],
];

interface Edit {
  readonly at: number;
  readonly deleted: number;
  readonly inserted: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  deleted: fc.nat(2),
  inserted: fc.oneof(fc.constant(''), fc.constantFrom(...pieces)),
});

const editedText = fc
  .record({ trees: randomRecords(schema), style: randomStyle, edits: fc.array(edit, { maxLength: 2 }) })
  .map(({ trees: [tree], style, edits }) => {
    const text = tree === undefined ? '' : jsonText(tree, style);
    return edits
      .reduce((points, { at, deleted, inserted }) => {
        return points.toSpliced(Math.floor(at * (points.length + 1)), deleted, inserted);
      }, Array.from(text))
      .join('');
  });

/** RFC 8259 as JavaScript has it, but that a text which is no Unicode has no place in a table. */
function referenceVerdict(text: string): 'EMPTY_VALUE' | 'INVALID_JSON' | 'NOT_AN_OBJECT' | 'an object' {
  if (text === '') return 'EMPTY_VALUE';
  try {
    const strings: string[] = [];
    const value: unknown = JSON.parse(text, (name, inner: unknown) => {
      strings.push(name, ...(typeof inner === 'string' ? [inner] : []));
      return inner;
    });
    if (!strings.every((each) => each.isWellFormed())) return 'INVALID_JSON';
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'an object' : 'NOT_AN_OBJECT';
  } catch {
    return 'INVALID_JSON';
  }
}

test(
  'JSON is taken and refused as RFC 8259 says',
  async () => {
    const property = fc.asyncProperty(fc.array(editedText, { minLength: 60, maxLength: 60 }), async (texts) => {
      const { deadLetters } = await runPipeline(
        { parse: { format: 'json', schema, onCastFailure: 'null' }, metadata: { _offset: 'offset' } },
        texts,
      );
      const codes = new Map(deadLetters.map((letter) => [letter['offset'], letter['error_code']]));
      const found = texts.map((text, offset) => [text, codes.get(String(offset)) ?? 'an object']);
      expect(found).toEqual(texts.map((text) => [text, referenceVerdict(text)]));
    });
    await fc.assert(property, propertyRuns(15));
  },
  propertyTimeoutMs,
);
