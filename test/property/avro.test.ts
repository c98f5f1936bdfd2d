import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaColumns } from '../../src/decode/schema-columns.ts';
import { ParquetReader } from '../support/parquet-reader.ts';
import { expectOutcomes } from '../support/property/expect-outcomes.ts';
import { propertyRuns, propertyTimeoutMs } from '../support/property/property-runs.ts';
import { randomAvroRecord } from '../support/property/random-avro.ts';

let reader: ParquetReader;

beforeAll(async () => {
  reader = await ParquetReader.open();
});

afterAll(() => {
  reader[Symbol.dispose]();
});

const randomCase = randomAvroRecord.chain((record) =>
  fc.record({ record: fc.constant(record), values: fc.array(record.value, { minLength: 1, maxLength: 20 }) }),
);

test(
  'Avro of any schema keeps every value, down to the files',
  async () => {
    const property = fc.asyncProperty(randomCase, async ({ record, values }) => {
      const pinned = { text: JSON.stringify(record.schema), references: [] };
      const schema = schemaColumns('avro', pinned);
      expect({ type: 'struct', fields: schema }).toEqual(record.type);
      await expectOutcomes(
        reader,
        {
          parse: {
            format: 'avro',
            from: { kind: 'file', path: 'random.avsc' },
            schema,
            pinned,
            onCastFailure: 'reject',
          },
        },
        values.map(({ bytes }) => ({ value: bytes })),
        schema,
        values.map(({ plain }) => ({ kind: 'row', values: { ...Object(plain) } as Record<string, typeof plain> })),
      );
    });
    await fc.assert(property, propertyRuns(15));
  },
  propertyTimeoutMs,
);
