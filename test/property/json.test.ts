import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { field } from '../../src/model/table/table-schema.ts';
import { ParquetReader } from '../support/parquet-reader.ts';
import { expectOutcomes } from '../support/property/expect-outcomes.ts';
import { jsonText } from '../support/property/json-tree.ts';
import { propertyRuns, propertyTimeoutMs } from '../support/property/property-runs.ts';
import { randomRecords, randomStyle } from '../support/property/random-json.ts';
import { randomSchema } from '../support/property/random-schema.ts';
import { derivedSql, randomSteps } from '../support/property/random-steps.ts';
import { referenceParse } from '../support/property/reference-json.ts';
import { referenceColumns, referenceSteps } from '../support/property/reference-steps.ts';

let reader: ParquetReader;

beforeAll(async () => {
  reader = await ParquetReader.open();
});

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
    steps: randomSteps(schema),
  }),
);

test(
  'JSON of any shape becomes the rows and dead letters that the documentation says',
  async () => {
    const property = fc.asyncProperty(randomCase, async ({ parse, trees, style }) => {
      await expectOutcomes(
        reader,
        { parse: { format: 'json', ...parse } },
        trees.map((tree) => jsonText(tree, style)),
        [...parse.schema, ...(parse.extraFields === 'keep' ? [field('_extra', 'string')] : [])],
        trees.map((tree) => referenceParse(parse, tree)),
      );
    });
    await fc.assert(property, propertyRuns(20));
  },
  propertyTimeoutMs,
);

test(
  'all steps together make what each of them says',
  async () => {
    const property = fc.asyncProperty(randomCase, async ({ parse: { schema }, trees, style, steps }) => {
      const parse = { schema, onCastFailure: 'null', extraFields: 'drop' } as const;
      const { validate, scrub, normalize } = steps;
      const columns = [
        { name: '_status', content: 'status' },
        { name: '_failures', content: 'failures' },
      ] as const;
      const derive = referenceColumns(schema, steps).slice(-steps.derive.length || Infinity);
      await expectOutcomes(
        reader,
        {
          parse: { format: 'json', ...parse },
          ...(validate.length === 0 ? {} : { validate: { rules: validate.map(({ rule }) => rule), columns } }),
          ...(scrub.length === 0
            ? {}
            : {
                scrub: {
                  rules: scrub.map(({ rule }) => rule),
                  flagColumn: '_scrubbed',
                  rawValue: 'refuse',
                  deadLetters: 'redact',
                },
              }),
          normalize: normalize.map(({ rule }) => rule),
          derive: derive.map(({ name, type }, index) => ({ name, type, sql: derivedSql(steps.derive[index]!) })),
        },
        trees.map((tree) => jsonText(tree, style)),
        referenceColumns(schema, steps),
        trees.map((tree) => referenceSteps(referenceParse(parse, tree), steps)),
      );
    });
    await fc.assert(property, propertyRuns(20));
  },
  propertyTimeoutMs,
);
