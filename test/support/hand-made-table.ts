import { join } from 'node:path';
import type { Action } from '../../src/delta/actions.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import type { KafkaReader } from '../../src/kafka/kafka-reader.ts';
import { appIdOf } from '../../src/model/table/app-id.ts';
import type { Drops, RangeCounts } from '../../src/model/batch/batch.ts';
import type { BatchNote, CommitNote } from '../../src/model/table/commit-note.ts';
import type { DroppedOffsets } from '../../src/model/batch/dropped-offsets.ts';
import { deadLetterSchema } from '../../src/model/table/dead-letter.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import type { KafkaRecord } from '../../src/model/batch/kafka-record.ts';
import { toOffset } from '../../src/model/batch/offset-range.ts';
import { field, struct, type StructType } from '../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { writeParquet } from './duckdb-parquet.ts';

export interface MadeRow {
  partition: number;
  offset: bigint;
  value: Uint8Array | null;
  key: Uint8Array | null;
}

/** One batch of a hand-made table, open to every kind of damage. */
export interface MadeBatch {
  rows: MadeRow[];
  deadLetters: MadeRow[];
  ranges: RangeCounts[];
  txns: Map<number, bigint>;
  /** Further files with these rows, in the same commit. */
  furtherFiles: MadeRow[][];
  /** What steps dropped, as the note says it. */
  dropped?: DroppedOffsets[];
}

const schema: StructType = struct(
  field('raw', 'string'),
  field('k', 'binary'),
  field('kafka_part', 'integer'),
  field('kafka_off', 'long'),
);

/**
 * A job's tables written with our log and DuckDB's Parquet, past the pipeline: so that they can be wrong. A record whose
 * value begins with `!`, and every tombstone, becomes a dead letter.
 */
export class HandMadeTable {
  readonly spec: JobSpec;
  readonly #kafka: KafkaReader;
  readonly #topic: string;
  readonly #topicId: string;
  #batch = 0;
  #fileNames = 'part';

  constructor(
    kafka: KafkaReader,
    at: { topic: string; topicId: string; folder: string; bootstrapServers: readonly string[] },
  ) {
    this.#kafka = kafka;
    this.#topic = at.topic;
    this.#topicId = at.topicId;
    this.spec = jobSpec(at);
  }

  /** Makes the tables where they do not exist. `fileNames` keeps files of two tables in one folder apart. */
  async open(
    starts: readonly (readonly [partition: number, offset: bigint])[],
    { fileNames = 'part' }: { fileNames?: string } = {},
  ): Promise<void> {
    this.#fileNames = fileNames;
    const isNew = !(await loadTableState(openObjectStore(this.spec.table.path)));
    const note: CommitNote = {
      kind: 'laneOpened',
      ...this.#origin(),
      starts: starts.map(([partition, offset]) => ({ partition, offset: toOffset(offset) })),
    };
    await this.#commit(
      this.spec.table.path,
      [
        ...(isNew ? newTableActions({ schema, partitionColumns: [] }) : []),
        ...starts.map(([partition, offset]) => this.#txn(partition, offset)),
      ],
      note,
    );
    if (!isNew) return;
    await this.#commit(this.spec.deadLetter.path, newTableActions({ schema: deadLetterSchema, partitionColumns: [] }));
  }

  /** Ingests ranges as they are in Kafka; `damage` may change anything before it is written. */
  async ingest(
    ranges: readonly (readonly [partition: number, startOffset: bigint, endOffset: bigint])[],
    damage: (batch: MadeBatch) => void = () => undefined,
  ): Promise<void> {
    const batch: MadeBatch = { rows: [], deadLetters: [], ranges: [], txns: new Map(), furtherFiles: [] };
    for (const [partition, startOffset, endOffset] of ranges)
      await this.#read(batch, partition, startOffset, endOffset);
    damage(batch);
    this.#batch += 1;
    if (batch.deadLetters.length > 0) {
      const add = await writeParquet(
        this.spec.deadLetter.path,
        `dl-${this.#batch}.parquet`,
        this.#deadLetterSql(batch.deadLetters),
      );
      await this.#commit(this.spec.deadLetter.path, [{ add }]);
    }
    const adds: Action[] = [];
    for (const [index, rows] of [batch.rows, ...batch.furtherFiles].entries()) {
      if (rows.length === 0) continue;
      adds.push({
        add: await writeParquet(
          this.spec.table.path,
          `${this.#fileNames}-${this.#batch}-${index}.parquet`,
          rowSql(rows),
        ),
      });
    }
    const noted = { ranges: batch.ranges, ...(batch.dropped ? { dropped: batch.dropped } : {}) };
    const note: BatchNote = { kind: 'batch', ...this.#origin(), batch: this.#batch, ...noted };
    const txns = [...batch.txns].map(([partition, offset]) => this.#txn(partition, offset));
    await this.#commit(this.spec.table.path, [...adds, ...txns], note);
  }

  /** Moves a position; with `discard`, files are taken out whole. */
  async reset(
    partition: number,
    from: bigint,
    to: bigint,
    rows: 'keep' | 'discard',
    removedFiles: readonly string[] = [],
  ): Promise<void> {
    const note: CommitNote = {
      kind: 'reset',
      ...this.#origin(),
      rows,
      moves: [{ partition, from: toOffset(from), to: toOffset(to) }],
    };
    const removes = removedFiles.map((path): Action => ({ remove: { path, dataChange: true, deletionTimestamp: 1 } }));
    await this.#commit(this.spec.table.path, [...removes, this.#txn(partition, to)], note);
  }

  /** The dead-letter half of a batch, as a crash between the two commits leaves it. */
  async commitDeadLettersAlone(partition: number, startOffset: bigint, endOffset: bigint): Promise<void> {
    const batch: MadeBatch = { rows: [], deadLetters: [], ranges: [], txns: new Map(), furtherFiles: [] };
    await this.#read(batch, partition, startOffset, endOffset);
    const root = this.spec.deadLetter.path;
    const add = await writeParquet(root, 'dl-alone.parquet', this.#deadLetterSql(batch.deadLetters));
    await this.#commit(root, [{ add }, this.#txn(partition, endOffset)]);
  }

  /** Moves a `txn` without data and without a note. */
  async moveTxn(partition: number, offset: bigint): Promise<void> {
    await this.#commit(this.spec.table.path, [this.#txn(partition, offset)]);
  }

  async #read(batch: MadeBatch, partition: number, startOffset: bigint, endOffset: bigint): Promise<void> {
    const range = {
      topic: this.#topic,
      topicId: this.#topicId,
      partition,
      startOffset: toOffset(startOffset),
      endOffset: toOffset(endOffset),
    };
    const drops: Record<string, number> = {};
    const [rows, deadLetters]: [MadeRow[], MadeRow[]] = [[], []];
    for await (const fetched of this.#kafka.readRange(range)) {
      for (const record of fetched.records) (isRejected(record) ? deadLetters : rows).push({ ...record });
      for (const [reason, count] of Object.entries(fetched.dropped)) drops[reason] = (drops[reason] ?? 0) + count;
    }
    batch.rows.push(...rows);
    batch.deadLetters.push(...deadLetters);
    const { startOffset: start, endOffset: end } = range;
    const counts = { rows: rows.length, deadLetters: deadLetters.length, drops: drops satisfies Drops };
    batch.ranges.push({ partition, startOffset: start, endOffset: end, ...counts });
    batch.txns.set(partition, endOffset);
  }

  #origin(): { job: string; topic: string; topicId: string; epoch: number } {
    return { job: this.spec.name, topic: this.#topic, topicId: this.#topicId, epoch: 1 };
  }

  #txn(partition: number, offset: bigint): Action {
    const appId = appIdOf(this.spec.name, { topic: this.#topic, topicId: this.#topicId, partition });
    return { txn: { appId, version: toOffset(offset) } };
  }

  #deadLetterSql(rows: readonly MadeRow[]): string {
    const values = rows.map((row) => `(${row.partition}, ${row.offset}, ${blob(row.value)}, ${blob(row.key)})`);
    return `SELECT '${this.#topic}' AS topic, p::INTEGER AS partition, o::BIGINT AS "offset", v::BLOB AS value,
      k::BLOB AS key, '${this.spec.name}' AS job FROM (VALUES ${values.join(', ')}) t(p, o, v, k)`;
  }

  async #commit(root: string, actions: readonly Action[], note?: CommitNote): Promise<void> {
    const store = openObjectStore(root);
    const outcome = await commitTransaction(store, {
      base: await loadTableState(store),
      check: () => undefined,
      actions: () => actions,
      commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {}, ...(note ? { kafkaBronze: note } : {}) },
    });
    if (outcome.kind !== 'committed') throw new Error('refused');
  }
}

function isRejected({ value }: KafkaRecord): boolean {
  return value === null || value[0] === '!'.charCodeAt(0);
}

function rowSql(rows: readonly MadeRow[]): string {
  const values = rows.map((row) => `(${row.partition}, ${row.offset}, ${blob(row.value)}, ${blob(row.key)})`);
  return `SELECT decode(v::BLOB) AS raw, k::BLOB AS k, p::INTEGER AS kafka_part, o::BIGINT AS kafka_off
    FROM (VALUES ${values.join(', ')}) t(p, o, v, k)`;
}

function blob(bytes: Uint8Array | null): string {
  return bytes === null ? 'NULL' : `unhex('${Buffer.from(bytes).toString('hex')}')`;
}

function jobSpec(at: { topic: string; folder: string; bootstrapServers: readonly string[] }): JobSpec {
  return {
    name: 'hand-made',
    source: {
      bootstrapServers: at.bootstrapServers,
      topics: { kind: 'list', topics: [at.topic] },
      startingOffsets: { kind: 'earliest' },
      failOnDataLoss: true,
      isolationLevel: 'read_committed',
      maxBytesPerTrigger: 1_000_000,
    },
    trigger: { kind: 'availableNow' },
    steps: {
      parse: { format: 'raw' },
      malformed: { records: 'deadLetter', tombstones: 'deadLetter' },
      metadata: {
        columns: [
          { name: 'raw', source: 'value' },
          { name: 'k', source: 'keyBytes' },
          { name: 'kafka_part', source: 'partition' },
          { name: 'kafka_off', source: 'offset' },
        ],
      },
      derive: { columns: [] },
    },
    table: { path: join(at.folder, 'rows'), partitionBy: [], properties: {}, targetFileSizeBytes: 1_000_000 },
    deadLetter: { path: join(at.folder, 'dead-letters') },
    withMetrics: false,
  };
}
