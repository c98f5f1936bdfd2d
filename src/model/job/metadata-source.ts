import { field, struct, type DataType } from '../table/table-schema.ts';

/** What a metadata column can hold, with its Delta type: one of these, or one header by its name. */
export const metadataTypes = {
  /** The value as UTF-8 text. */
  value: 'string',
  valueBytes: 'binary',
  key: 'string',
  keyBytes: 'binary',
  /** All headers in their order, as Spark's `includeHeaders` gives them: null where there are none. */
  headers: {
    type: 'array',
    elementType: struct(field('key', 'string'), field('value', 'binary')),
    containsNull: true,
  },
  /** Header to its last value as UTF-8 text; null where there are none. */
  headersMap: { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true },
  topic: 'string',
  partition: 'integer',
  offset: 'long',
  timestamp: 'timestamp',
  /** `CreateTime` or `LogAppendTime`. */
  timestampType: 'string',
  /** Of the broker that took the record; null where the broker does not say. */
  leaderEpoch: 'integer',
  /** The registry's id of the schema that the value, or the key, was written with. */
  schemaId: 'integer',
  keySchemaId: 'integer',
  /** When the micro-batch was planned: one instant for all its rows. */
  ingestedAt: 'timestamp',
  /** `ingestedAt` as a UTC date, yyyy-MM-dd. */
  ingestionDate: 'string',
  /** The hour of `ingestedAt` in UTC, 0 to 23. */
  ingestionHour: 'integer',
  /** Did the value parse? */
  isValid: 'boolean',
  /** 64 bits that depend on the value's bytes alone, the same in every version of every engine. */
  rowHash: 'long',
  job: 'string',
  batch: 'long',
} as const satisfies Record<string, DataType>;

type NamedSource = keyof typeof metadataTypes;
/** The last header of a name, as Kafka's `lastHeader`: as UTF-8 text, or as it came. */
export type HeaderSource = `header.${string}` | `headerBytes.${string}`;
export type MetadataSource = NamedSource | HeaderSource;

/** What holds content that no schema describes, and with it perhaps what is to be scrubbed. */
export const wholeSources: ReadonlySet<MetadataSource> = new Set<MetadataSource>([
  'value',
  'valueBytes',
  'headers',
  'headersMap',
]);

export function isMetadataSource(text: string): text is MetadataSource {
  return isNamedSource(text) || readHeaderSource(text) !== undefined;
}

function isNamedSource(text: string): text is NamedSource {
  return Object.hasOwn(metadataTypes, text);
}

/** The header that a source names; `undefined` for any other source. */
export function readHeaderSource(source: string): { readonly header: string; readonly isText: boolean } | undefined {
  const [, kind, header] = /^(header|headerBytes)\.(.+)$/s.exec(source) ?? [];
  return header === undefined ? undefined : { header, isText: kind === 'header' };
}

export function metadataType(source: MetadataSource): DataType {
  if (isNamedSource(source)) return metadataTypes[source];
  return source.startsWith('headerBytes.') ? 'binary' : 'string';
}
