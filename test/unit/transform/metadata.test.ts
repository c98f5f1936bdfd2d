import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../src/model/batch/kafka-record.ts';
import type { MetadataSource } from '../../../src/model/job/metadata-source.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, plannedAtMs, runPipeline, type Row } from '../../support/run-pipeline.ts';

type Header = readonly [name: string | Uint8Array, value: string | Uint8Array | null];

const notUtf8 = Uint8Array.of(0xff, 0x41);

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function headers(...list: readonly Header[]): KafkaRecord['headers'] {
  return list.map(([name, value]) => [bytesOf(name), value === null ? null : bytesOf(value)]);
}

/** What a column with this content holds of records with these headers. */
async function contentOf(source: MetadataSource, records: readonly KafkaRecord['headers'][]): Promise<unknown[]> {
  const metadata = { content: source, _offset: 'offset' } as const;
  const { rows, deadLetters } = await runPipeline(
    { metadata },
    records.map((list) => ({ value: 'v', headers: list })),
    { orderBy: '_offset' },
  );
  expect(deadLetters).toEqual([]);
  return rows.map((row) => row['content']);
}

async function deadLettersOf(
  metadata: Readonly<Record<string, MetadataSource>>,
  list: KafkaRecord['headers'],
): Promise<readonly Row[]> {
  const good = headers(['a', 'x']);
  const records = [good, list, good].map((own) => ({ value: 'v', headers: own }));
  const { rows, deadLetters } = await runPipeline({ metadata: { ...metadata, _offset: 'offset' } }, records);
  expect(rows.map((row) => row['_offset'])).toEqual(['0', '2']);
  return deadLetters;
}

describe('headers', () => {
  it('are a list of names and bytes, in their order, repeated ones too; null where there are none', async () => {
    const lists = [headers(['b', 'x'], ['a', notUtf8], ['b', null], ['', '']), [], headers(['ключ', 'é'])];
    expect(await contentOf('headers', lists)).toEqual([
      [
        { key: 'b', value: 'x' },
        { key: 'a', value: '\\xFFA' },
        { key: 'b', value: null },
        { key: '', value: '' },
      ],
      null,
      [{ key: 'ключ', value: '\\xC3\\xA9' }],
    ]);
  });

  it('are a map in which the last of a name counts; null where there are none', async () => {
    const lists = [
      headers(['a', '1'], ['b', '2'], ['a', '3'], ['c', null], ['b', null]),
      [],
      headers(['a', '🚗'], ['b', '']),
    ];
    const entry = (key: string, value: string | null): object => ({ key, value });
    expect(await contentOf('headersMap', lists)).toEqual([
      [entry('a', '3'), entry('c', null), entry('b', null)],
      null,
      [entry('a', '🚗'), entry('b', '')],
    ]);
  });

  it('are one text each, by name: the last one, null where it is missing or has no value', async () => {
    const lists = [
      headers(['trace-id', 'one'], ['other', 'x'], ['trace-id', 'two']),
      headers(['other', notUtf8]),
      headers(['trace-id', 'one'], ['trace-id', null]),
      headers(['Trace-Id', 'one']),
      headers(['trace-id', '']),
      [],
    ];
    expect(await contentOf('header.trace-id', lists)).toEqual(['two', null, null, null, '', null]);
  });

  it('are bytes by name, whatever they are', async () => {
    const lists = [headers(['a', notUtf8]), headers(['a', 'x'], ['a', Uint8Array.of(0)]), []];
    expect(await contentOf('headerBytes.a', lists)).toEqual(['\\xFFA', '\\x00', null]);
  });

  it.each(["it's", 'a.b c"d', 'ключ', 'x'.repeat(300), 'value'])('can have any name: %s', async (name) => {
    expect(await contentOf(`header.${name}`, [headers([name, 'found']), []])).toEqual(['found', null]);
  });

  it.each<[string, Readonly<Record<string, MetadataSource>>, Header, string]>([
    ['the value of a text', { t: 'header.a' }, ['a', notUtf8], 'the header a is not valid UTF-8'],
    ['a value of the map', { m: 'headersMap' }, ['z', notUtf8], 'a header is not valid UTF-8'],
    ['a name in the map', { m: 'headersMap' }, [notUtf8, 'x'], 'a header is not valid UTF-8'],
    ['a name in the list', { l: 'headers' }, [notUtf8, 'x'], 'the name of a header is not valid UTF-8'],
  ])('make a dead letter where %s is not UTF-8, and only there', async (_about, metadata, header, message) => {
    const [letter, ...others] = await deadLettersOf(metadata, headers(header));
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      offset: '1',
      step: 'metadata',
      error_code: 'INVALID_UTF8',
      error_message: `${message}, and a column holds it as text`,
      value: 'v',
    });
    expect(letter?.['headers']).toHaveLength(1);
  });
});

describe('other contents', () => {
  it('are the leader epoch, the schema ids and the hour of ingestion', async () => {
    const metadata = {
      _offset: 'offset',
      epoch: 'leaderEpoch',
      schema_id: 'schemaId',
      key_schema_id: 'keySchemaId',
      hr: 'ingestionHour',
    } as const;
    const { rows } = await runPipeline({ metadata }, [{ value: 'v', leaderEpoch: 7 }, { value: 'v' }], {
      orderBy: '_offset',
    });
    const hr = new Date(plannedAtMs).getUTCHours();
    const unknown = { schema_id: null, key_schema_id: null, hr };
    expect(rows).toEqual([
      { _offset: '0', epoch: 7, ...unknown },
      { _offset: '1', epoch: null, ...unknown },
    ]);
  });
});

/** Columns that bronze tables in use have, and the Spark source's own. */
const tablesInUse: Readonly<Record<string, Readonly<Record<string, readonly [MetadataSource, type: unknown]>>>> = {
  'ride-share tables': {
    _raw_value: ['value', 'string'],
    _kafka_partition: ['partition', 'integer'],
    _kafka_offset: ['offset', 'long'],
    _kafka_timestamp: ['timestamp', 'timestamp'],
    _ingested_at: ['ingestedAt', 'timestamp'],
    _ingestion_date: ['ingestionDate', 'string'],
  },
  'API usage events': {
    _raw_value: ['value', 'string'],
    _is_valid: ['isValid', 'boolean'],
    _kafka_topic: ['topic', 'string'],
    _kafka_partition: ['partition', 'integer'],
    _kafka_offset: ['offset', 'long'],
    _kafka_timestamp: ['timestamp', 'timestamp'],
    _ingested_at: ['ingestedAt', 'timestamp'],
    _row_hash: ['rowHash', 'long'],
  },
  'a topic of Protobuf messages': { raw: ['valueBytes', 'binary'] },
  'validated events': {
    ingestion_timestamp: ['ingestedAt', 'timestamp'],
    source_topic: ['topic', 'string'],
    dt: ['ingestionDate', 'string'],
    hr: ['ingestionHour', 'integer'],
  },
  "the Spark source's rows": {
    key: ['keyBytes', 'binary'],
    value: ['valueBytes', 'binary'],
    topic: ['topic', 'string'],
    partition: ['partition', 'integer'],
    offset: ['offset', 'long'],
    timestamp: ['timestamp', 'timestamp'],
    timestampType: ['timestampType', 'string'],
    headers: [
      'headers',
      {
        type: 'array',
        elementType: {
          type: 'struct',
          fields: [
            { name: 'key', type: 'string', nullable: true, metadata: {} },
            { name: 'value', type: 'binary', nullable: true, metadata: {} },
          ],
        },
        containsNull: true,
      },
    ],
  },
  'keys as text': { key: ['key', 'string'] },
};

describe('the record context of tables in use', () => {
  it.each(Object.entries(tablesInUse))('can be had: %s', (_about, columns) => {
    const metadata = Object.fromEntries(Object.entries(columns).map(([name, [source]]) => [name, source]));
    const { fields } = tableSchema(jobSpec({ metadata }));
    expect(fields.map(({ name, type }) => [name, type])).toEqual(
      Object.entries(columns).map(([name, [, type]]) => [name, type]),
    );
  });
});
