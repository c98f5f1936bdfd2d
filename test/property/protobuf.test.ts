import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaColumns } from '../../src/decode/schema-columns.ts';
import { ParquetReader } from '../support/parquet-reader.ts';
import { expectOutcomes } from '../support/property/expect-outcomes.ts';
import { propertyRuns, propertyTimeoutMs } from '../support/property/property-runs.ts';
import { messageBytes, randomMessage } from '../support/property/random-protobuf.ts';

let reader: ParquetReader;

beforeAll(async () => {
  reader = await ParquetReader.open();
});

afterAll(() => {
  reader[Symbol.dispose]();
});

const randomCase = randomMessage.chain((record) =>
  fc.record({ record: fc.constant(record), values: fc.array(record.value, { minLength: 1, maxLength: 20 }) }),
);

test(
  'Protobuf of any schema keeps every value, down to the files',
  async () => {
    const property = fc.asyncProperty(randomCase, async ({ record, values }) => {
      const text = `syntax = "proto3"; ${record.definition ?? ''}`;
      const pinned = { text, references: [], message: record.name };
      const schema = schemaColumns('protobuf', pinned);
      expect({ type: 'struct', fields: schema }).toEqual(record.type);
      await expectOutcomes(
        reader,
        {
          parse: {
            format: 'protobuf',
            from: { kind: 'file', path: 'random.proto' },
            schema,
            pinned,
            onCastFailure: 'reject',
          },
        },
        values.map(({ bytes }) => ({ value: messageBytes(bytes) })),
        schema,
        values.map(({ plain }) => ({ kind: 'row', values: { ...Object(plain) } as Record<string, typeof plain> })),
      );
    });
    await fc.assert(property, propertyRuns(15));
  },
  propertyTimeoutMs,
);
