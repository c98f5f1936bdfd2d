import { join } from 'node:path';
import { newTableActions } from '../../src/delta/new-table.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { addActionsOf } from '../../src/ingest/commit/staged-adds.ts';
import { unpackStagedFiles } from '../../src/ingest/commit/staged-files.ts';
import { transformGroup } from '../../src/ingest/transform/transform-group.ts';
import type { TransformedGroup } from '../../src/model/batch/batch.ts';
import type { DeduplicateStep } from '../../src/model/job/deduplicate-rule.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import { rangesOf, readerOf } from '../../src/trial/given-records.ts';
import { tableSchema } from '../../src/transform/table-schema.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { commitActions } from './delta-table.ts';
import {
  batchPlan,
  jobSpec,
  kafkaRecord,
  readFiles,
  type RecordParts,
  type Row,
  type SpecParts,
} from './run-pipeline.ts';

export const onlyBatch = {
  keep: 'first',
  scope: 'batch',
  nullKeys: 'distinct',
} as const satisfies Partial<DeduplicateStep>;
export const wholeTable = { ...onlyBatch, scope: 'table' } as const satisfies Partial<DeduplicateStep>;

export interface BatchOutcome {
  readonly group: TransformedGroup;
  /** What the batch added. */
  readonly rows: readonly Row[];
}

/** A table that batches of records are deduplicated into, through the pipeline and the log, without Kafka. */
export class DeduplicatedTable {
  readonly root: string;
  readonly spec: JobSpec;
  readonly #folder: string;
  readonly #store: ObjectStore;
  #attempts = 0;
  readonly #nextOffsets = new Map<number, bigint>();

  private constructor(folder: string, spec: JobSpec) {
    this.#folder = folder;
    this.root = spec.table.path;
    this.spec = spec;
    this.#store = openObjectStore(this.root);
  }

  static async create(folder: string, parts: SpecParts): Promise<DeduplicatedTable> {
    const table = new DeduplicatedTable(folder, jobSpec(parts, join(folder, 'table')));
    const partitionColumns = table.spec.table.partitionBy;
    await commitActions(
      table.#store,
      undefined,
      newTableActions({ schema: tableSchema(table.spec), partitionColumns }),
    );
    return table;
  }

  /** Transforms and commits one batch; records without an offset go on where their partition ended. */
  async ingest(...records: readonly RecordParts[]): Promise<BatchOutcome> {
    const outcome = await this.attempt(...records);
    await this.commit(outcome);
    for (const { partition, endOffset } of outcome.group.counts) this.#nextOffsets.set(partition, BigInt(endOffset));
    return outcome;
  }

  /** Transforms a batch against the table as it is, or was, and commits nothing. */
  async attempt(...records: readonly RecordParts[]): Promise<BatchOutcome> {
    return this.attemptAt((await loadTableState(this.#store))?.version ?? 0, ...records);
  }

  async attemptAt(readVersion: number, ...records: readonly RecordParts[]): Promise<BatchOutcome> {
    const next = new Map(this.#nextOffsets);
    const placed = records.map((record) => {
      const { partition = 0 } = record;
      const offset = next.get(partition) ?? 0n;
      next.set(partition, offset + 1n);
      return { ...kafkaRecord(record, Number(offset)), partition };
    });
    const ranges = rangesOf('events', placed);
    const [first] = ranges;
    if (!first) throw new Error('a batch needs records');
    const group = await transformGroup(
      {
        spec: this.spec,
        plan: { ...batchPlan(first), readVersion },
        group: { group: 0, ranges },
        tableRoot: this.root,
        deadLetterRoot: this.spec.deadLetter.path,
        scratchFolder: join(this.#folder, `attempt-${this.#attempts++}`),
        memoryBytes: 256 << 20,
      },
      new AbortController().signal,
      { openReader: () => readerOf(placed) },
    );
    return { group, rows: await readFiles(this.root, await unpackStagedFiles(this.#store, group.dataFiles)) };
  }

  async commit({ group }: BatchOutcome): Promise<void> {
    const files = await unpackStagedFiles(this.#store, group.dataFiles);
    await commitActions(this.#store, await loadTableState(this.#store), addActionsOf(files, Date.now()));
  }
}
