import type { DuckDBValue } from '@duckdb/node-api';
import type { AddAction } from '../delta/actions.ts';
import { BronzeError } from '../errors.ts';
import type { LakeSession } from '../lake/lake-session.ts';
import { viewFiles, type LakeTable } from '../lake/table/open-table.ts';
import { filesOf } from '../lake/table/table-log.ts';
import { filesNeeded } from '../lake/query/view-tables.ts';
import { plainValue, type PlainValue } from '../lake/query/plain-value.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { selectionTable } from './choose-letters.ts';

/** A dead letter that is to be tried, with the record that it was. */
export interface ChosenLetter {
  readonly partition: number;
  readonly offset: bigint;
  readonly batch: number;
  readonly code: string;
  /** Absent where it had none that can be stored. */
  readonly timestampMs: bigint | undefined;
  readonly timestampType: KafkaRecord['timestampType'];
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: KafkaRecord['headers'];
}

export interface Chunk {
  readonly topic: string;
  /** In order of topic partition and offset. */
  readonly letters: readonly ChosenLetter[];
}

/** Reads the chunks of `selectionTable` from the table, each as a whole and only from files that may have a part of it. */
export class ChunkReader {
  readonly #session: LakeSession;
  readonly #table: LakeTable;
  readonly #job: string;
  readonly #files: readonly AddAction[];

  private constructor(session: LakeSession, table: LakeTable, job: string, files: readonly AddAction[]) {
    this.#session = session;
    this.#table = table;
    this.#job = job;
    this.#files = files;
  }

  static async open(session: LakeSession, table: LakeTable, job: string): Promise<ChunkReader> {
    const files: AddAction[] = [];
    for await (const add of filesOf(table.store, table.state)) files.push(add);
    return new ChunkReader(session, table, job, files);
  }

  /** Throws TABLE_CORRUPT where the table lacks what was chosen. */
  async read(chunk: number): Promise<Chunk> {
    const { connection } = this.#session;
    const bounds = await connection.runAndReadAll(
      `SELECT any_value(topic), count(*), min(partition), max(partition), min("offset"), max("offset"), min(batch), max(batch)
      FROM ${selectionTable} WHERE chunk = ${chunk}`,
    );
    const [topic, records, ...limits] = bounds.getRows()[0] ?? [];
    const within = ['partition', '"offset"', 'batch'].map(
      (column, at) => `l.${column} BETWEEN ${String(limits[at * 2])} AND ${String(limits[at * 2 + 1])}`,
    );
    const isOfChunk = [`l.job = ${quoteLiteral(this.#job)}`, `l.topic = ${quoteLiteral(String(topic))}`, ...within];
    const candidates = `SELECT * FROM dead_letters l WHERE ${isOfChunk.join(' AND ')}`;
    const files = await filesNeeded(this.#session, candidates, {
      view: 'dead_letters',
      table: this.#table,
      files: this.#files,
    });
    await viewFiles(this.#session, 'dead_letters', this.#table, files);
    const reader = await this.#session.read(`
      SELECT l.partition, l."offset", l.batch, s.code, epoch_ms(l.timestamp), l.timestamp_type, l.key, l.value, l.headers
      FROM (${candidates}) l JOIN ${selectionTable} s
        ON s.chunk = ${chunk} AND l.partition = s.partition AND l."offset" = s."offset" AND l.batch = s.batch AND l.step = s.step
      ORDER BY l.partition, l."offset", l.batch`);
    const letters = reader.getRows().map(letterOf);
    if (letters.length !== Number(records)) {
      throw new BronzeError(
        'TABLE_CORRUPT',
        `${this.#table.root}: of ${Number(records)} chosen dead letters of ${String(topic)}, version ` +
          `${this.#table.state.version} has ${letters.length}`,
      );
    }
    return { topic: String(topic), letters };
  }
}

function letterOf(row: readonly DuckDBValue[]): ChosenLetter {
  const [partition, offset, batch, code, timestampMs, timestampType, key, value, headers] = row;
  return {
    partition: Number(partition),
    offset: BigInt(String(offset)),
    batch: Number(batch),
    code: String(code),
    timestampMs: timestampMs === null || timestampMs === undefined ? undefined : BigInt(String(timestampMs)),
    timestampType: timestampType === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    key: bytesOf(plainValue(key ?? null)),
    value: bytesOf(plainValue(value ?? null)),
    headers: headersOf(plainValue(headers ?? null)),
  };
}

function headersOf(headers: PlainValue): KafkaRecord['headers'] {
  return Array.isArray(headers) ? headers.map(headerOf) : [];
}

function headerOf(header: PlainValue): readonly [Uint8Array, Uint8Array | null] {
  const isPair = typeof header === 'object' && header !== null && 'key' in header && 'value' in header;
  return isPair ? [bytesOf(header['key']) ?? new Uint8Array(), bytesOf(header['value'])] : [new Uint8Array(), null];
}

function bytesOf(value: PlainValue | undefined): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}
