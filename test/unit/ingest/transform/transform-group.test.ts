import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packStagedFiles, unpackStagedFiles } from '../../../../src/ingest/commit/staged-files.ts';
import { field, struct, type DataType, type StructField } from '../../../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { runPipeline } from '../../../support/run-pipeline.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { propertyRuns } from '../../../support/property/property-runs.ts';

const schema: readonly StructField[] = [
  field('id', 'string', false),
  field('n', 'integer'),
  field('x', 'double'),
  field('b', 'boolean'),
  field('s', struct(field('t', 'string'), field('m', 'integer'))),
  field('l', { type: 'array', elementType: 'integer', containsNull: true }),
];

const failure = Symbol('cast failed');

/** What the pipeline should make of a JSON value: slow, and by other means. */
function expected(type: DataType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type === 'string') return expectedScalar(type, value);
  if (type.type === 'array') {
    if (!Array.isArray(value)) return failure;
    const elements = value.map((element) => expected(type.elementType, element));
    return elements.includes(failure) ? failure : elements;
  }
  if (type.type === 'map' || typeof value !== 'object' || Array.isArray(value)) return failure;
  const fields = type.fields.map(
    (f) => [f.name, expected(f.type, (value as Record<string, unknown>)[f.name])] as const,
  );
  return fields.some(([, v]) => v === failure) ? failure : Object.fromEntries(fields);
}

function expectedScalar(type: string, value: unknown): unknown {
  if (type === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'boolean') return typeof value === 'boolean' ? value : failure;
  if (typeof value !== 'number') return failure;
  if (type === 'double') return value;
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : failure;
}

function expectedOutcome(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return text === '' ? 'EMPTY_VALUE' : 'INVALID_JSON';
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return 'NOT_AN_OBJECT';
  const row = expected(struct(...schema), document);
  if (row === failure) return 'CAST_FAILED';
  return (row as Record<string, unknown>)['id'] === null ? 'REQUIRED_MISSING' : row;
}

// Without numbers that JSON text can give in several ways, and without keys that mean something to JavaScript.
const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((s) => s.isWellFormed() && !/^[\d-]|^(true|false)$/.test(s));
const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: 1, max: 99 }).map((n) => n + 0.5),
  fc.constant(2 ** 31),
);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const anything = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ t: scalar, m: scalar }, { requiredKeys: [] }),
);
const fitting = fc.record(
  {
    id: text,
    n: fc.integer(),
    x: number,
    b: fc.boolean(),
    s: fc.oneof(fc.record({ t: text, m: fc.integer() }, { requiredKeys: [] }), fc.constant(null)),
    l: fc.array(fc.oneof(fc.integer(), fc.constant(null)), { maxLength: 3 }),
    other: anything,
  },
  { requiredKeys: ['id'] },
);
const odd = fc.record(
  { id: anything, n: anything, x: anything, b: anything, s: anything, l: anything },
  { requiredKeys: [] },
);
const values = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fitting.map((v) => JSON.stringify(v)) },
    { weight: 3, arbitrary: odd.map((v) => JSON.stringify(v)) },
    { weight: 1, arbitrary: fc.tuple(fitting, fc.nat(200)).map(([v, cut]) => JSON.stringify(v).slice(0, cut)) },
    { weight: 1, arbitrary: anything.map((v) => JSON.stringify(v)) },
    { weight: 1, arbitrary: fitting.map((v) => JSON.stringify(v, null, 2)) },
  ),
  { minLength: 1, maxLength: 60 },
);

describe('transformGroup', () => {
  it('makes of any record what a slow reference makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (texts) => {
        const { rows, deadLetters } = await runPipeline(
          { parse: { format: 'json', schema, onCastFailure: 'reject' }, metadata: { offset: 'offset' } },
          texts,
        );
        const outcomes = new Map<number, unknown>([
          ...deadLetters.map((row) => [Number(row['offset']), row['error_code']] as const),
          ...rows.map(({ offset, ...row }) => [Number(offset), row] as const),
        ]);
        expect(texts.map((_, offset) => outcomes.get(offset))).toEqual(texts.map(expectedOutcome));
      }),
      propertyRuns(25),
    );
  });

  it('gives the same rows on every attempt, in files of other names', async () => {
    const parts = { metadata: { v: 'value', at: 'ingestedAt', h: 'rowHash' } } as const;
    const [first, second] = [await runPipeline(parts, ['a', 'b']), await runPipeline(parts, ['a', 'b'])];
    expect(second.rows).toEqual(first.rows);
    expect(second.files[0]?.path).not.toBe(first.files[0]?.path);
    expect(second.files[0]?.stats).toBe(first.files[0]?.stats);
  });
});

describe('a list of staged files', () => {
  it('is kept beside the table, however short it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bronze-staged-'));
    try {
      const store = openObjectStore(folder);
      const file = { path: 'd/x.parquet', sizeBytes: 1, recordCount: 1, partitionValues: { p: null }, stats: '{}' };
      for (const [count, kind] of [
        [0, 'none'],
        [1, 'listed'],
        [3000, 'listed'],
      ] as const) {
        const files = Array.from({ length: count }, () => file);
        const packed = await packStagedFiles(store, { job: 'job', topic: 'gps', epoch: 1, batch: 0 }, files);
        expect(packed.kind).toBe(kind);
        expect(await unpackStagedFiles(store, packed)).toEqual(files);
      }
      await expect(
        unpackStagedFiles(store, { kind: 'listed', path: '_staged/none.json', fileCount: 1 }),
      ).rejects.toMatchObject({
        code: 'STAGED_FILE_MISSING',
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
