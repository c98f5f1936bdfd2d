import { z } from 'zod';
import type { Action } from './actions.ts';

/** Readers ignore unknown fields (PROTOCOL.md, Protocol Evolution); some writers print absent fields as `null`. */
function action<Shape extends z.ZodRawShape>(shape: Shape): z.ZodType<z.output<z.ZodObject<Shape>>> {
  return z.preprocess(withoutNulls, z.object(shape));
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

const long = z.int();
const text = z.string();
const strings = z.array(text);
const stringMap = z.record(text, text);
const nullableStringMap = z.record(text, text.nullable());
/** "An empty string for any type translates to a null partition value" (Partition Value Serialization). */
const partitionValues = z.record(
  text,
  text.nullable().transform((value) => (value === '' ? null : value)),
);

const deletionVector = action({
  storageType: text,
  pathOrInlineDv: text,
  offset: long.exactOptional(),
  sizeInBytes: long,
  cardinality: long,
});

const protocol = action({
  minReaderVersion: long,
  minWriterVersion: long,
  readerFeatures: strings.exactOptional(),
  writerFeatures: strings.exactOptional(),
});

const metaData = action({
  id: text,
  name: text.exactOptional(),
  description: text.exactOptional(),
  format: action({ provider: text, options: stringMap.default({}) }),
  schemaString: text,
  partitionColumns: strings,
  configuration: stringMap.default({}),
  createdTime: long.exactOptional(),
});

const add = action({
  path: text,
  partitionValues,
  size: long,
  modificationTime: long,
  dataChange: z.boolean(),
  stats: text.exactOptional(),
  tags: nullableStringMap.exactOptional(),
  deletionVector: deletionVector.exactOptional(),
  baseRowId: long.exactOptional(),
  defaultRowCommitVersion: long.exactOptional(),
  clusteringProvider: text.exactOptional(),
});

const remove = action({
  path: text,
  deletionTimestamp: long.exactOptional(),
  dataChange: z.boolean().default(true),
  extendedFileMetadata: z.boolean().exactOptional(),
  partitionValues: partitionValues.exactOptional(),
  size: long.exactOptional(),
  stats: text.exactOptional(),
  tags: nullableStringMap.exactOptional(),
  deletionVector: deletionVector.exactOptional(),
  baseRowId: long.exactOptional(),
  defaultRowCommitVersion: long.exactOptional(),
});

/** Digits survive beyond 2^53: `parseExactly` leaves such numerals as strings. */
const exactLong = z.union([long, text.regex(/^-?\d+$/)]).transform((value): `${bigint}` => `${BigInt(value)}`);

const txn = action({ appId: text, version: exactLong, lastUpdated: long.exactOptional() });

const domainMetadata = action({ domain: text, configuration: text.default(''), removed: z.boolean() });

const sidecar = action({ path: text, sizeInBytes: long, modificationTime: long });

const commitInfo = z.preprocess(
  withoutNulls,
  z.looseObject({
    timestamp: long.exactOptional(),
    inCommitTimestamp: long.exactOptional(),
    operation: text.exactOptional(),
    operationParameters: z.record(text, z.unknown()).exactOptional(),
    operationMetrics: z.record(text, z.unknown()).exactOptional(),
    engineInfo: text.exactOptional(),
    isBlindAppend: z.boolean().exactOptional(),
    txnId: text.exactOptional(),
  }),
);

const parsers: Readonly<Record<string, (value: unknown) => Action>> = {
  add: (value) => ({ add: add.parse(value) }),
  remove: (value) => ({ remove: remove.parse(value) }),
  txn: (value) => ({ txn: txn.parse(value) }),
  commitInfo: (value) => ({ commitInfo: commitInfo.parse(value) }),
  protocol: (value) => ({ protocol: protocol.parse(value) }),
  metaData: (value) => ({ metaData: metaData.parse(value) }),
  domainMetadata: (value) => ({ domainMetadata: domainMetadata.parse(value) }),
  sidecar: (value) => ({ sidecar: sidecar.parse(value) }),
};

/**
 * The action that one log line or checkpoint row holds: its one field that is not `null`; `undefined` for an action
 * that we do not know, such as `cdc`.
 * @throws an error that says what is wrong when a known action is malformed.
 */
export function readAction(row: unknown): Action | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new TypeError('an action is a JSON object');
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue;
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
    if (parse) return parse(value);
  }
  return undefined;
}
