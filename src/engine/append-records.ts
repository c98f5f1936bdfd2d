import {
  BIGINT,
  BLOB,
  BOOLEAN,
  INTEGER,
  UTINYINT,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
} from '@duckdb/node-api';
import { isUtf8 } from 'node:buffer';
import xxhash from 'xxhash-wasm';
import { jsonScan } from '../model/pipeline/json-scan.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import { hidden, sourceRejection, type InputNeeds } from '../model/pipeline/pipeline-step.ts';
import type { DecodedValue, RecordDecoders } from '../model/pipeline/value-decoder.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import {
  BigIntColumn,
  BytesColumn,
  ChunkWriter,
  chunkRows,
  HeadersColumn,
  NumberColumn,
  type ColumnWriter,
} from './chunk-writer.ts';
import { engineFailure } from './engine-failure.ts';

/** A larger value is rejected before the engine sees it: JSON functions need several times its size. */
export const maxValueBytes = 32 * 1024 * 1024;

/** The seed of Spark's xxhash64(), so that `rowHash` is what Spark gives for the same bytes. */
const rowHashSeed = 42n;
const hasher = await xxhash();

/** XXH64 of the bytes with seed 42, as a signed number. */
export function rowHashOf(value: Uint8Array): bigint {
  return BigInt.asIntN(64, hasher.h64Raw(value, rowHashSeed));
}

type AnyColumn = Pick<ColumnWriter<never>, 'type' | 'flush'>;

/** The coordinates of a record, and what it is needed for as a dead letter. */
class Columns {
  readonly partition = new NumberColumn(INTEGER, new Int32Array(chunkRows));
  readonly offset = new BigIntColumn(BIGINT);
  readonly timestampMs = new BigIntColumn(BIGINT);
  readonly isLogAppendTime = new NumberColumn(BOOLEAN, new Uint8Array(chunkRows));
  readonly leaderEpoch = new NumberColumn(INTEGER, new Int32Array(chunkRows));
  readonly text = new BytesColumn(VARCHAR);
  readonly jsonScan = new NumberColumn(UTINYINT, new Uint8Array(chunkRows));
  readonly bytes = new BytesColumn(BLOB);
  readonly key = new BytesColumn(BLOB);
  readonly keyText = new BytesColumn(VARCHAR);
  readonly keySchemaId = new NumberColumn(INTEGER, new Int32Array(chunkRows));
  readonly headers = new HeadersColumn();
  readonly rowHash = new BigIntColumn(BIGINT);
  readonly schemaId = new NumberColumn(INTEGER, new Int32Array(chunkRows));
  readonly message = new BytesColumn(VARCHAR);
  readonly reject = new NumberColumn(INTEGER, new Int32Array(chunkRows));
}

const columnNames = {
  partition: [hidden.partition, 'INTEGER'],
  offset: [hidden.offset, 'BIGINT'],
  timestampMs: [hidden.timestampMs, 'BIGINT'],
  isLogAppendTime: [hidden.isLogAppendTime, 'BOOLEAN'],
  leaderEpoch: [hidden.leaderEpoch, 'INTEGER'],
  text: [hidden.text, 'VARCHAR'],
  jsonScan: [hidden.jsonScan, 'UTINYINT'],
  bytes: [hidden.bytes, 'BLOB'],
  key: [hidden.key, 'BLOB'],
  keyText: [hidden.keyText, 'VARCHAR'],
  keySchemaId: [hidden.keySchemaId, 'INTEGER'],
  headers: [hidden.headers, 'STRUCT("key" BLOB, "value" BLOB)[]'],
  rowHash: [hidden.rowHash, 'BIGINT'],
  schemaId: [hidden.schemaId, 'INTEGER'],
  message: [hidden.message, 'VARCHAR'],
  reject: [hidden.reject, 'INTEGER'],
} as const satisfies Record<keyof Columns, readonly [string, string]>;

type ColumnName = keyof typeof columnNames;

const coordinates = ['partition', 'offset', 'timestampMs', 'isLogAppendTime'] as const;
/** Everything of a record, for those that are rejected before any SQL runs. */
const rejectedColumns: readonly ColumnName[] = [
  ...coordinates,
  'bytes',
  'key',
  'headers',
  'schemaId',
  'message',
  'reject',
];

/** The columns of the table of records that a pipeline with these needs reads. */
function inputColumnsOf(needs: InputNeeds): readonly ColumnName[] {
  const value = valueColumnsOf(needs);
  return [
    ...coordinates,
    ...(needs.value ? value : []),
    ...(needs.jsonScan ? (['jsonScan'] as const) : []),
    ...(needs.rowHash ? (['rowHash'] as const) : []),
    ...(needs.key ? (['key'] as const) : []),
    ...(needs.decodedKey === 'no' ? [] : (['keyText', 'keySchemaId'] as const)),
    ...(needs.headers ? (['headers'] as const) : []),
    ...(needs.leaderEpoch ? (['leaderEpoch'] as const) : []),
  ];
}

function valueColumnsOf(needs: InputNeeds): readonly ColumnName[] {
  if (needs.decoded) return ['text', 'bytes', 'schemaId'];
  return needs.text ? ['text'] : ['bytes'];
}

export function inputTableSql(table: string, needs: InputNeeds): string {
  return tableSql(table, inputColumnsOf(needs));
}

export function rejectedTableSql(table: string): string {
  return tableSql(table, rejectedColumns);
}

function tableSql(table: string, columns: readonly ColumnName[]): string {
  return `CREATE TABLE ${quoteIdentifier(table)} (${columns.map((name) => columnNames[name].join(' ')).join(', ')})`;
}

type RejectedValue = Extract<DecodedValue, { kind: 'rejected' }>;

const undecodedRejections: Readonly<Record<'value' | 'key', Readonly<Record<RejectedValue['code'], number>>>> = {
  value: {
    UNDECODABLE: sourceRejection.undecodable,
    UNKNOWN_SCHEMA: sourceRejection.unknownSchema,
    SCHEMA_INCOMPATIBLE: sourceRejection.schemaIncompatible,
  },
  // Columns of keys follow no newer schema, so that none can be incompatible.
  key: {
    UNDECODABLE: sourceRejection.keyUndecodable,
    UNKNOWN_SCHEMA: sourceRejection.keyUnknownSchema,
    SCHEMA_INCOMPATIBLE: sourceRejection.keyUndecodable,
  },
};

/** What became of a record that was handed over. */
export type Appended = 'input' | 'rejected' | 'dropped';

/** Hands records to the engine, 2,048 at a time, as bytes. */
export class RecordAppender {
  readonly #needs: InputNeeds;
  readonly #connection: DuckDBConnection;
  readonly #input = new Columns();
  readonly #inputWriter: ChunkWriter;
  readonly #rejected = new Columns();
  readonly #rejectedWriter: ChunkWriter;
  readonly #rejectedAppender: DuckDBAppender;
  readonly #decoders: RecordDecoders;
  #inputAppender: DuckDBAppender | undefined;
  #inputRows = 0;
  #rejectedRows = 0;

  private constructor(
    connection: DuckDBConnection,
    needs: InputNeeds,
    rejectedAppender: DuckDBAppender,
    decoders: RecordDecoders,
  ) {
    this.#connection = connection;
    this.#needs = needs;
    this.#decoders = decoders;
    this.#inputWriter = writerOf(this.#input, inputColumnsOf(needs));
    this.#rejectedWriter = writerOf(this.#rejected, rejectedColumns);
    this.#rejectedAppender = rejectedAppender;
  }

  /** The decoders make the texts where the needs say `decoded` and `decodedKey`. */
  static async open(
    connection: DuckDBConnection,
    needs: InputNeeds,
    rejectedTable: string,
    decoders: RecordDecoders = {},
  ): Promise<RecordAppender> {
    return new RecordAppender(connection, needs, await connection.createAppender(rejectedTable), decoders);
  }

  /** Records go into this table from now on; what was appended before is complete. */
  async beginInput(table: string): Promise<void> {
    this.endInput();
    this.#inputAppender = await this.#connection.createAppender(table);
  }

  /** Completes the current input table and the table of rejected records. */
  endInput(): void {
    try {
      this.#flushInput();
      this.#flushRejected();
      this.#inputAppender?.closeSync();
      this.#inputAppender = undefined;
      this.#rejectedAppender.flushSync();
    } catch (error) {
      throw engineFailure(error, 'append records');
    }
  }

  append(record: KafkaRecord): Appended {
    const { value, key } = record;
    const needs = this.#needs;
    if (value === null) {
      if (needs.tombstones === 'drop') return 'dropped';
      if (needs.tombstones === 'deadLetter') return this.#reject(record, sourceRejection.tombstone);
    } else {
      if (value.length > maxValueBytes) return this.#reject(record, sourceRejection.valueTooLarge);
      if (needs.text && !needs.decoded && !isUtf8(value)) return this.#reject(record, sourceRejection.valueNotUtf8);
    }
    if (needs.keyText && key !== null && !isUtf8(key)) return this.#reject(record, sourceRejection.keyNotUtf8);
    const decoded = value === null ? undefined : this.#decoders.value?.decode(value);
    if (decoded?.kind === 'rejected' && !(needs.keepsUndecodable && decoded.code === 'UNDECODABLE')) {
      return this.#rejectUndecoded(record, decoded, 'value');
    }
    const decodedKey = key === null ? undefined : this.#decoders.key?.decode(key);
    if (decodedKey?.kind === 'rejected' && needs.decodedKey === 'orReject') {
      return this.#rejectUndecoded(record, decodedKey, 'key');
    }
    const row = this.#inputRows++;
    const columns = this.#input;
    columns.partition.set(row, record.partition);
    columns.offset.set(row, record.offset);
    columns.timestampMs.set(row, record.timestampMs);
    columns.isLogAppendTime.set(row, record.timestampType === 'LogAppendTime' ? 1 : 0);
    const text = needs.decoded ? (decoded?.kind === 'text' ? decoded.text : null) : value;
    if (needs.jsonScan) {
      columns.jsonScan.set(row, (text && this.#decoders.scanText?.(text)) ?? jsonScan.nothing);
    }
    if (needs.decoded) {
      columns.text.set(row, text);
      columns.bytes.set(row, value);
      columns.schemaId.set(row, decoded?.schemaId ?? null);
    } else if (needs.text) columns.text.set(row, text);
    else if (needs.value) columns.bytes.set(row, value);
    if (needs.rowHash) columns.rowHash.set(row, value === null ? null : rowHashOf(value));
    if (needs.key) columns.key.set(row, key);
    if (needs.decodedKey !== 'no') {
      columns.keyText.set(row, decodedKey?.kind === 'text' ? decodedKey.text : null);
      columns.keySchemaId.set(row, decodedKey?.schemaId ?? null);
    }
    if (needs.headers) columns.headers.set(row, record.headers);
    if (needs.leaderEpoch) columns.leaderEpoch.set(row, record.leaderEpoch ?? null);
    if (this.#inputRows === chunkRows) this.#flushInput();
    return 'input';
  }

  #rejectUndecoded(record: KafkaRecord, decoded: RejectedValue, part: 'value' | 'key'): Appended {
    return this.#reject(record, undecodedRejections[part][decoded.code], decoded);
  }

  #reject(record: KafkaRecord, reject: number, why?: { message: string; schemaId: number | null }): Appended {
    const row = this.#rejectedRows++;
    const columns = this.#rejected;
    columns.partition.set(row, record.partition);
    columns.offset.set(row, record.offset);
    columns.timestampMs.set(row, record.timestampMs);
    columns.isLogAppendTime.set(row, record.timestampType === 'LogAppendTime' ? 1 : 0);
    columns.bytes.set(row, record.value);
    columns.key.set(row, record.key);
    columns.headers.set(row, record.headers);
    columns.schemaId.set(row, why?.schemaId ?? null);
    columns.message.set(row, why === undefined ? null : Buffer.from(why.message.replaceAll('\0', '\uFFFD')));
    columns.reject.set(row, reject);
    // Values that are too large must not pile up.
    if (this.#rejectedRows === chunkRows || (record.value?.length ?? 0) > maxValueBytes) this.#flushRejected();
    return 'rejected';
  }

  #flushInput(): void {
    if (this.#inputRows === 0 || !this.#inputAppender) return;
    this.#inputWriter.flush(this.#inputAppender, this.#inputRows);
    this.#inputRows = 0;
  }

  #flushRejected(): void {
    this.#rejectedWriter.flush(this.#rejectedAppender, this.#rejectedRows);
    this.#rejectedRows = 0;
  }

  close(): void {
    this.endInput();
    this.#rejectedAppender.closeSync();
  }
}

function writerOf(columns: Columns, names: readonly ColumnName[]): ChunkWriter {
  return new ChunkWriter(names.map((name): AnyColumn => columns[name]));
}
