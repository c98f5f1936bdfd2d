import {
  BIGINT,
  BLOB,
  DuckDBBlobValue,
  DuckDBDataChunk,
  type DuckDBAppender,
  type DuckDBConnection,
} from '@duckdb/node-api';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';

/** DuckDB's vector size: a chunk holds no more rows. */
const chunkRows = 2048;
/** Bytes of keys and values that are held as they came, until their hashes are taken. */
const stagedBytes = 32 * 1024 * 1024;

export interface KafkaLoad {
  readonly kafka: KafkaReader;
  readonly isolationLevel: JobSpec['source']['isolationLevel'];
  readonly signal?: AbortSignal;
  /** Called with the offsets that were read since the last call. */
  readonly onOffsets: (count: bigint, records: number) => void;
}

/**
 * Loads offsets and hashes of the committed records of ranges of one topic partition into the temporary table
 * `verify_kafka`, emptied before. Gives the number of records.
 */
export async function loadKafka(
  connection: DuckDBConnection,
  ranges: readonly OffsetRange[],
  load: KafkaLoad,
): Promise<number> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE verify_kafka (off BIGINT, value_hash UBIGINT, key_hash UBIGINT, tombstone BOOLEAN)`);
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_staged (off BIGINT, value BLOB, key BLOB)');
  const staging = new Staging(connection);
  let records = 0;
  for (const range of ranges) {
    let reached = BigInt(range.startOffset);
    const options = { isolationLevel: load.isolationLevel, ...(load.signal ? { signal: load.signal } : {}) };
    for await (const batch of load.kafka.readRange(range, options)) {
      await staging.add(batch.records, batch.bytes);
      records += batch.records.length;
      load.onOffsets(batch.nextOffset - reached, batch.records.length);
      reached = batch.nextOffset;
    }
  }
  await staging.hash();
  return records;
}

/** Appends records as they come; every few megabytes only their hashes are kept. */
class Staging {
  readonly #connection: DuckDBConnection;
  readonly #chunk = DuckDBDataChunk.create([BIGINT, BLOB, BLOB]);
  #appender: DuckDBAppender | undefined;
  #bytes = 0;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async add(records: readonly KafkaRecord[], bytes: number): Promise<void> {
    this.#appender ??= await this.#connection.createAppender('verify_staged', 'main', 'temp');
    for (let at = 0; at < records.length; at += chunkRows) {
      const part = records.slice(at, at + chunkRows);
      this.#chunk.reset();
      this.#chunk.setColumns([
        part.map((record) => record.offset),
        part.map((record) => blobOf(record.value)),
        part.map((record) => blobOf(record.key)),
      ]);
      this.#appender.appendDataChunk(this.#chunk);
    }
    this.#bytes += bytes;
    if (this.#bytes >= stagedBytes) await this.hash();
  }

  async hash(): Promise<void> {
    this.#appender?.closeSync();
    this.#appender = undefined;
    this.#bytes = 0;
    await this.#connection.run(`
      INSERT INTO verify_kafka SELECT off, hash(value), hash(key), value IS NULL FROM verify_staged`);
    await this.#connection.run('TRUNCATE verify_staged');
  }
}

function blobOf(bytes: Uint8Array | null): DuckDBBlobValue | null {
  return bytes === null ? null : new DuckDBBlobValue(bytes);
}
