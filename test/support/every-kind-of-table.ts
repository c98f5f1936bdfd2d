import { checkpointTable } from './checkpoint-table.ts';
import { writeRawEntry } from './delta-table.ts';
import { v2Protocol } from './checkpointed-table.ts';
import { collect } from './collect.ts';
import { IngestedTable } from './ingested-table.ts';
import { protocolWith } from '../../src/delta/table-features.ts';
import type { Action } from '../../src/delta/actions.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

/** A table as readers get it: by its path alone. */
export interface WrittenTable {
  readonly name: string;
  readonly root: string;
  /** Columns that filters are tried on; all unless named. */
  readonly filtered?: readonly string[];
}

const coordinates = { _kafka_partition: 'partition', _kafka_offset: 'offset' } as const;

/**
 * Tables that cover what our writer can make, each with several files, written below the folder through the pipeline, the
 * commits of batches and the maintenance.
 */
export async function writeEveryKindOfTable(folder: string): Promise<readonly WrittenTable[]> {
  const tables: WrittenTable[] = [];
  for (const write of [
    emptyTable,
    rawTable,
    typedTable,
    edgesTable,
    partitionedByText,
    partitionedByEveryType,
    evolvedTable,
    widenedTable,
    discardedTable,
    deduplicatedTable,
    optimizedTable,
    zOrderedTable,
    checkpointedTable,
    checkpointedV2Table,
  ]) {
    tables.push(...(await write(folder)));
  }
  return tables;
}

type Write = (folder: string) => Promise<readonly WrittenTable[]>;

const emptyTable: Write = async (folder) => [await IngestedTable.create(folder, 'empty', numbersDocument)];

/** Texts around the length at which bounds are cut, in every plane of Unicode. */
const hardTexts = [
  '',
  'z'.repeat(100),
  'a'.repeat(32),
  'a'.repeat(33),
  `${'a'.repeat(31)}😀${'b'.repeat(10)}`,
  `${'a'.repeat(31)}\ud7ff${'b'.repeat(10)}`,
  `${'é'.repeat(32)}\u007f`,
  '\u{1F600}'.repeat(40),
  `\u{10FFFF}${'y'.repeat(40)}`,
  '\u{10FFFF}'.repeat(12),
  'ü'.repeat(200),
  `${'\uffff'.repeat(32)}x`,
  'a\0b',
  `"quoted" 'twice' \\ \u2028 \n\t`,
];

const rawTable: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'raw', {
    description: 'It’s raw: "ümläut" 😀',
    steps: {
      parse: { format: 'raw' },
      metadata: {
        value: 'value',
        bytes: 'valueBytes',
        key: 'keyBytes',
        headers: 'headers',
        headers_map: 'headersMap',
        trace: 'header.trace',
        ...coordinates,
        _kafka_timestamp: 'timestamp',
        _ingested_at: 'ingestedAt',
        _row_hash: 'rowHash',
        _ingestion_date: 'ingestionDate',
      },
    },
    table: { partitionBy: ['_ingestion_date'] },
  });
  for (const [index, value] of hardTexts.entries()) {
    await table.ingest(
      { value, key: Buffer.from([0xff, index, 0]), timestampMs: BigInt(index) * 3_600_000n - 7_200_001n },
      {
        value: `${value}${value}`,
        headers: [
          [Buffer.from('trace'), Buffer.from(value)],
          [Buffer.from('none'), null],
        ],
      },
    );
  }
  // What cannot become a row is in the table of dead letters.
  await table.ingest({ value: null }, { value: Buffer.from([0xc3, 0x28]), headers: [] }, 'last');
  return [table, { name: 'dead_letters', root: table.deadLetters.store.root }];
};

const typedSchema = {
  id: 'bigint not null',
  text: "string comment 'any text'",
  flag: 'boolean',
  tiny: 'tinyint',
  small: 'smallint',
  whole: 'int',
  long: 'bigint',
  single: 'float',
  real: 'double',
  money: 'decimal(10,2)',
  huge: 'decimal(38,0)',
  fraction: 'decimal(38,38)',
  day: 'date',
  at: 'timestamp',
  wall: 'timestamp_ntz',
  bytes: 'binary',
  list: 'array<string>',
  attributes: 'map<string, bigint>',
  place: { lat: 'double', lon: 'double', names: 'array<struct<lang: string, name: string>>' },
  deep: 'map<string, struct<at: timestamp, prices: array<decimal(10,2)>, more: map<string, array<int>>>>',
  grid: 'array<array<int>>',
} as const;

const typedDocument = {
  steps: { parse: { format: 'json', schema: typedSchema, onCastFailure: 'reject' }, metadata: coordinates },
  table: { partitionBy: [] },
};

const typedValues: readonly string[] = [
  `{"id":1,"text":"one","flag":true,"tiny":1,"small":1,"whole":1,"long":1,"single":1.5,"real":1e300,"money":1.25,"huge":1,
    "fraction":0.5,"day":"2026-01-01","at":"2026-01-01T00:00:00.123456Z","wall":"2026-01-01T00:00:00.654321","bytes":"AAEC/w==",
    "list":["a",null,""],"attributes":{"b":2,"a":null},"place":{"lat":1.5,"names":[{"lang":"de"},null]},
    "deep":{"x":{"at":"1969-12-31T23:59:59.999999Z","prices":[1.1,null],"more":{"k":[1,2]}},"y":null},"grid":[[1],[],null]}`,
  `{"id":2,"list":[],"attributes":{},"place":{},"deep":{},"grid":[]}`,
  `{"id":3}`,
  `{"id":-9223372036854775808,"text":"","flag":false,"tiny":-128,"small":-32768,"whole":-2147483648,
    "long":-9223372036854775808,"single":-3.4028234e38,"real":-1.7976931348623157e308,"money":-99999999.99,
    "huge":-99999999999999999999999999999999999999,"fraction":-0.00000000000000000000000000000000000001,
    "day":"0001-01-01","at":"0001-01-01T00:00:00Z","wall":"0001-01-01T00:00:00","bytes":""}`,
  `{"id":9223372036854775807,"text":"${'\u{1F600}'.repeat(20)}","tiny":127,"small":32767,"whole":2147483647,
    "long":9223372036854775807,"single":3.4028234e38,"real":1.7976931348623157e308,"money":99999999.99,
    "huge":99999999999999999999999999999999999999,"fraction":0.99999999999999999999999999999999999999,
    "day":"9999-12-31","at":"9999-12-31T23:59:59.999999Z","wall":"9999-12-31T23:59:59.999999","bytes":"/////w=="}`,
  `{"id":4,"single":0.1,"real":5e-324,"money":0.01,"huge":0,"at":"1970-01-01T00:00:00.000001Z","day":"1969-12-31"}`,
];

const typedTable: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'typed', typedDocument);
  await table.ingest(...typedValues);
  for (const value of typedValues) await table.ingest(value);
  return [table];
};

/** Files that begin and end at what statistics round: parts of milliseconds, also before 1970, and texts that are cut. */
const edgesTable: Write = async (folder) => {
  const schema = { text: 'string', at: 'timestamp', wall: 'timestamp_ntz', inner: { text: 'string', at: 'timestamp' } };
  const table = await IngestedTable.create(folder, 'edges', {
    steps: { parse: { format: 'json', schema }, metadata: coordinates },
    table: { partitionBy: [] },
  });
  const stem = 'k'.repeat(31);
  const texts = [`${stem}k`, `${stem}kk`, `${stem}l`, `${stem}\u{1F600}`, `${stem}\u{10FFFF}z`, `${stem}\ud7ff\ue000`];
  const times = ['00.000', '00.000001', '00.000999', '00.001', '00.001001', '59.999999'];
  for (const [index, text] of texts.entries()) {
    for (const year of [1969, 2026]) {
      const wall = `${year}-12-31T23:59:${times[index] ?? ''}`;
      await table.ingest(JSON.stringify({ text, at: `${wall}Z`, wall, inner: { text, at: `${wall}Z` } }));
    }
  }
  return [table];
};

const hardPartitionTexts = [
  'plain',
  '',
  ' ',
  'a b',
  'a/b',
  'a=b',
  'a:b',
  'a%20b',
  '%',
  '..',
  '#?&+',
  `'"\\`,
  '{}[]|^~`*<>',
  'line\nfeed\ttab\rreturn',
  '\u0001\u007f',
  'Zürich 😀',
  'null',
  'CON',
];

const partitionedByText: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'by_text', {
    steps: { parse: { format: 'json', schema: { 'p-q': 'string', id: 'bigint' } }, metadata: coordinates },
    table: { partitionBy: ['p-q'] },
  });
  const value = (text: string | null, id: number): string => JSON.stringify({ 'p-q': text, id });
  await table.ingest(...[null, ...hardPartitionTexts].map(value));
  await table.ingest(...[null, ...hardPartitionTexts].map((text, id) => value(text, id + 100)));
  return [table];
};

const partitionedByEveryType: Write = async (folder) => {
  const types = ['flag', 'tiny', 'small', 'whole', 'long', 'money', 'huge', 'fraction', 'day', 'at', 'wall'] as const;
  const columns = types.map((name): readonly [string, string] => [name, typedSchema[name]]);
  const schema: Readonly<Record<string, string>> = { id: 'bigint', ...Object.fromEntries(columns) };
  const table = await IngestedTable.create(folder, 'by_every_type', {
    steps: { parse: { format: 'json', schema, onCastFailure: 'reject' }, metadata: coordinates },
    table: { partitionBy: types },
  });
  await table.ingest(...typedValues);
  await table.ingest(`{"id":5,"at":"2026-11-20T10:00:00.5Z","wall":"2026-11-20T10:00:00","money":-1.5}`);
  return [table];
};

const numbersDocument = {
  steps: { parse: { format: 'json', schema: { id: 'int', name: 'string' } }, metadata: coordinates },
  table: { partitionBy: [] },
};

const evolvedTable: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'evolved', numbersDocument);
  await table.ingest('{"id":1,"name":"before"}');
  const schemas = [
    { id: 'int', name: 'string', city: 'string', place: { zip: 'string' } },
    { id: 'int', name: 'string', city: 'string', place: { zip: 'string', at: 'timestamp_ntz' }, tags: 'array<string>' },
  ];
  for (const [index, schema] of schemas.entries()) {
    table.become({ ...numbersDocument, steps: { parse: { format: 'json', schema }, metadata: coordinates } });
    await table.ingest(
      `{"id":${index + 2},"city":"Bern","place":{"zip":"3000","at":"2026-01-01T00:00:00"},"tags":["new"]}`,
      `{"id":${index + 20}}`,
    );
  }
  return [table];
};

/** Of each type to the widest that it may become. */
const widenedTable: Write = async (folder) => {
  const documentOf = (schema: object): object => ({
    steps: { parse: { format: 'json', schema, onCastFailure: 'reject' }, metadata: coordinates },
    table: { partitionBy: ['p'], properties: { 'delta.enableTypeWidening': 'true' } },
  });
  const narrow = { p: 'tinyint', i: 'smallint', f: 'float', d: 'decimal(6,2)', s: { i: 'tinyint' }, l: 'array<int>' };
  const wide = { p: 'int', i: 'bigint', f: 'double', d: 'decimal(20,4)', s: { i: 'int' }, l: 'array<bigint>' };
  const table = await IngestedTable.create(folder, 'widened', { ...documentOf(narrow) });
  await table.ingest(`{"p":7,"i":-32768,"f":1.5,"d":-12.34,"s":{"i":1},"l":[1]}`, '{"p":null}');
  table.become({ ...documentOf(wide) });
  await table.ingest(
    `{"p":70000,"i":9223372036854775807,"f":0.1,"d":1234567890.1234,"s":{"i":70000},"l":[9007199254740993]}`,
    '{"p":7,"i":5}',
  );
  return [table];
};

const numbered = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `{"id":${from + index},"name":"n${(from + index) * 7919}"}`);

const discardedTable: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'discarded', numbersDocument);
  for (const from of [0, 10, 20]) await table.ingest(...numbered(from, from + 10));
  await table.discardFrom(15);
  await table.ingest(...numbered(100, 105));
  return [table];
};

const deduplicatedTable: Write = async (folder) => {
  const { steps } = numbersDocument;
  const metadata = { ...coordinates, _kafka_timestamp: 'timestamp' };
  const deduplicate = { key: 'id', time: '_kafka_timestamp', window: '1 hour' };
  const table = await IngestedTable.create(folder, 'deduplicated', {
    ...numbersDocument,
    steps: { ...steps, metadata, deduplicate },
  });
  await table.ingest(...numbered(0, 10), ...numbered(5, 15));
  await table.ingest(...numbered(0, 20));
  return [table];
};

const someColumns = ['long', 'at', 'text', 'fraction'];

async function inSmallFiles(folder: string, name: string): Promise<IngestedTable> {
  const table = await IngestedTable.create(folder, name, typedDocument);
  for (const value of typedValues) await table.ingest(value);
  return table;
}

const optimizedTable: Write = async (folder) => {
  const table = await inSmallFiles(folder, 'optimized');
  await table.optimize();
  await table.ingest(...typedValues);
  return [{ name: table.name, root: table.root, filtered: someColumns }];
};

const zOrderedTable: Write = async (folder) => {
  const table = await inSmallFiles(folder, 'z_ordered');
  await table.optimize({ kind: 'zOrder', columns: ['long', 'at', 'text'] });
  return [{ name: table.name, root: table.root, filtered: someColumns }];
};

/** Nothing is left of the log but the checkpoint, and one entry behind it. */
const checkpointedTable: Write = async (folder) => {
  const table = await inSmallFiles(folder, 'checkpointed');
  await keepOnlyCheckpoint(table.table.store);
  await table.ingest(...typedValues);
  return [{ name: table.name, root: table.root, filtered: someColumns }];
};

const v2WithWallClocks: Action = {
  protocol: protocolWith(v2Protocol.protocol, 'timestampNtz'),
};

const checkpointedV2Table: Write = async (folder) => {
  const table = await IngestedTable.create(folder, 'checkpointed_v2', {
    ...typedDocument,
    table: { partitionBy: ['day'], properties: { 'delta.checkpoint.writeStatsAsStruct': 'true' } },
  });
  await writeRawEntry(table.table.store, 2, [v2WithWallClocks]);
  await table.ingest(...typedValues);
  await keepOnlyCheckpoint(table.table.store);
  await table.ingest(...typedValues);
  return [{ name: table.name, root: table.root, filtered: someColumns }];
};

async function keepOnlyCheckpoint(store: ObjectStore): Promise<void> {
  const written = await checkpointTable(store);
  if (!written) throw new Error(`no checkpoint of ${store.root}`);
  for (const { path } of await collect(store.list('_delta_log/'))) {
    const [, version] = /\/(\d{20})\.json$/.exec(path) ?? [];
    if (version !== undefined && Number(version) <= written.version) await store.delete(path);
  }
}
