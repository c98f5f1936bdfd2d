import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { field } from '../../src/model/table-schema.ts';
import { ParquetReader, type PlainTable } from '../support/parquet-reader.ts';
import { jsonText } from '../support/property/json-tree.ts';
import { propertyRuns, propertyTimeoutMs } from '../support/property/property-runs.ts';
import { randomRecords, randomStyle } from '../support/property/random-json.ts';
import { randomSchema } from '../support/property/random-schema.ts';
import { referenceParse } from '../support/property/reference-json.ts';
import { comparable, typeText } from '../support/property/comparable-value.ts';
import { runPipeline } from '../support/run-pipeline.ts';

let reader: ParquetReader;

beforeAll(async () => {
  reader = await ParquetReader.open();
}, 300_000);

afterAll(() => {
  reader[Symbol.dispose]();
});

const randomCase = randomSchema.chain((schema) =>
  fc.record({
    parse: fc.record({
      schema: fc.constant(schema),
      onCastFailure: fc.constantFrom('reject' as const, 'null' as const),
      extraFields: fc.constantFrom('drop' as const, 'keep' as const, 'reject' as const),
    }),
    trees: randomRecords(schema),
    style: randomStyle,
  }),
);

test(
  'JSON of any shape becomes the rows and dead letters that the documentation says',
  async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async ({ parse, trees, style }) => {
        const tables: PlainTable[] = [];
        const { deadLetters } = await runPipeline(
          { parse: { format: 'json', ...parse }, metadata: { _offset: 'offset' } },
          trees.map((tree) => jsonText(tree, style)),
          {
            inspect: async (files) => void tables.push(...(await Promise.all(files.map((file) => reader.read(file))))),
          },
        );
        const columns = [...parse.schema, ...(parse.extraFields === 'keep' ? [field('_extra', 'string')] : [])];
        const types = Object.fromEntries(columns.map(({ name, type }) => [name, typeText(type)]));
        for (const table of tables) expect(table.types).toEqual({ ...types, _offset: 'long' });
        const rows = new Map(tables.flatMap((table) => table.rows).map((row) => [row['_offset'], row]));
        const codes = new Map(deadLetters.map((letter) => [letter['offset'], letter['error_code']]));
        for (const [offset, tree] of trees.entries()) {
          const expected = referenceParse(parse, tree);
          const found = codes.get(String(offset)) ?? 'row';
          expect(found, `record ${offset}`).toBe(expected.kind === 'row' ? 'row' : expected.code);
          if (expected.kind === 'deadLetter') continue;
          const row = rows.get(String(offset));
          for (const { name, type } of columns) {
            const [actual, wanted] = [row?.[name] ?? null, expected.values[name] ?? null];
            expect(comparable(type, actual), `record ${offset}, ${name}`).toEqual(comparable(type, wanted));
          }
        }
      }),
      propertyRuns(20),
    );
  },
  propertyTimeoutMs,
);
