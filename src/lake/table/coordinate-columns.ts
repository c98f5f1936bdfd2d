import type { DataType, StructType } from '../../model/table/table-schema.ts';

/** Which columns of a table hold a record's coordinates and times. */
export interface CoordinateColumns {
  readonly topic?: string;
  readonly partition?: string;
  readonly offset?: string;
  readonly timestamp?: string;
  readonly ingestedAt?: string;
}

const patterns: readonly (readonly [keyof CoordinateColumns, readonly DataType[], RegExp])[] = [
  ['topic', ['string'], /^_?(kafka_)?topic$/i],
  ['partition', ['integer', 'long'], /^_?(kafka_)?partition$/i],
  ['offset', ['long'], /^_?(kafka_)?offset$/i],
  ['timestamp', ['timestamp'], /^_?(kafka_)?timestamp$/i],
  ['ingestedAt', ['timestamp'], /^_?(bronze_)?ingest(ed|ion)_?(at|time|timestamp)?$/i],
];

/** The coordinate columns of a table whose job is not at hand, by their usual names and types. */
export function guessCoordinateColumns(schema: StructType): CoordinateColumns {
  const found: { -readonly [Key in keyof CoordinateColumns]: string } = {};
  for (const [role, types, pattern] of patterns) {
    const match = schema.fields.find((field) => types.includes(field.type) && pattern.test(field.name));
    if (match) found[role] = match.name;
  }
  return found;
}
