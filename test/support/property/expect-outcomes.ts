import { expect } from 'vitest';
import type { StructField } from '../../../src/model/table/table-schema.ts';
import type { ParquetReader, PlainTable } from '../parquet-reader.ts';
import { runPipeline, type RecordParts, type SpecParts } from '../run-pipeline.ts';
import { comparable, typeText } from './comparable-value.ts';
import type { ReferenceOutcome } from './reference-json.ts';

/** Runs the records down to Parquet files, and fails unless those hold the columns, and each record became what is expected. */
export async function expectOutcomes(
  reader: ParquetReader,
  parts: SpecParts,
  records: readonly (RecordParts | string)[],
  columns: readonly StructField[],
  expected: readonly ReferenceOutcome[],
): Promise<void> {
  const tables: PlainTable[] = [];
  const { deadLetters } = await runPipeline({ ...parts, metadata: { _offset: 'offset' } }, records, {
    inspect: async (files) => void tables.push(...(await Promise.all(files.map((file) => reader.read(file))))),
  });
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, typeText(type)]));
  for (const table of tables) expect(table.types).toEqual({ ...types, _offset: 'long' });
  const rows = new Map(tables.flatMap((table) => table.rows).map((row) => [row['_offset'], row]));
  const codes = new Map(deadLetters.map((letter) => [letter['offset'], letter['error_code']]));
  for (const [offset, outcome] of expected.entries()) {
    const place = `record ${offset}`;
    expect(codes.get(String(offset)) ?? 'row', place).toBe(outcome.kind === 'row' ? 'row' : outcome.code);
    if (outcome.kind === 'deadLetter') continue;
    const row = rows.get(String(offset));
    for (const { name, type } of columns) {
      const [actual, wanted] = [row?.[name] ?? null, outcome.values[name] ?? null];
      expect(comparable(type, actual), `${place}, ${name}`).toEqual(comparable(type, wanted));
    }
  }
}
