import { join } from 'node:path';
import { commitBatch } from '../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../src/ingest/commit/commit-dead-letters.ts';
import { describeCommit } from '../../src/ingest/commit/commit-info.ts';
import { Connections, type TableHandle } from '../../src/ingest/connections.ts';
import { createTable } from '../../src/ingest/lane/create-table.ts';
import { discardInFiles } from '../../src/ingest/discard/discard-in-files.ts';
import { discardActions } from '../../src/ingest/discard/discard-rows.ts';
import { transformGroup } from '../../src/ingest/transform/transform-group.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import { optimizeTable } from '../../src/maintain/optimize-table.ts';
import { rewriteFiles } from '../../src/maintain/rewrite-files.ts';
import { appIdOf, epochAppIdOf } from '../../src/model/table/app-id.ts';
import type { BatchPlan, BatchSummary } from '../../src/model/batch/batch.ts';
import type { JobDocument } from '../../src/model/job/job-input.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import type { CommitRequest } from '../../src/model/requests/lane-requests.ts';
import type { Clustering } from '../../src/model/job/maintenance.ts';
import { toOffset } from '../../src/model/batch/offset-range.ts';
import { parseInlineJob } from '../../src/spec/parse-job.ts';
import { rangesOf, readerOf } from '../../src/trial/given-records.ts';
import { kafkaRecord, type RecordParts } from './run-pipeline.ts';

const topic = 'events';
const topicId = 'an-id';
const memoryBytes = 256 << 20;

/** A job's tables in the folder, filled through the pipeline and the commits of batches, without Kafka and Temporal. */
export class IngestedTable {
  readonly name: string;
  readonly table: TableHandle;
  readonly deadLetters: TableHandle;
  readonly #folder: string;
  readonly #connections = new Connections({ env: {}, readParquetRows });
  #spec: JobSpec;
  #batch = 0;
  #attempts = 0;
  #nextOffset = 0;

  private constructor(folder: string, name: string, document: JobDocument) {
    this.#folder = folder;
    this.name = name;
    this.#spec = this.#specOf(document);
    this.table = this.#connections.table(this.#spec.table.path);
    this.deadLetters = this.#connections.table(this.#spec.deadLetter.path);
  }

  /** The document needs no name, source or paths. */
  static async create(folder: string, name: string, document: JobDocument): Promise<IngestedTable> {
    const ingested = new IngestedTable(folder, name, document);
    const { table } = ingested;
    await createTable(table, ingested.#spec);
    await table.commit({
      base: await table.refresh(),
      check: () => undefined,
      actions: () => [
        { txn: { appId: epochAppIdOf(name, topic), version: '1' } },
        { txn: { appId: appIdOf(name, { topic, topicId, partition: 0 }), version: '0' } },
      ],
      commitInfo: describeCommit({ kind: 'laneOpened', ...ingested.#lane, starts: [{ partition: 0, offset: '0' }] }),
    });
    return ingested;
  }

  get root(): string {
    return this.table.store.root;
  }

  /** As when the job is started again with another file: what it makes differs from here on. */
  become(document: JobDocument): void {
    this.#spec = this.#specOf(document);
  }

  /** One batch of these records, of partition 0. */
  async ingest(...values: readonly (RecordParts | string)[]): Promise<BatchSummary> {
    const records = values.map((value) =>
      kafkaRecord(typeof value === 'string' ? { value } : value, this.#nextOffset++),
    );
    const [range] = rangesOf(topic, records).map((each) => ({ ...each, topicId }));
    if (!range) throw new Error('a batch needs records');
    const plan: BatchPlan = {
      ...this.#lane,
      batch: this.#batch++,
      plannedAtMs: Date.now(),
      ranges: [{ ...range, storedOffset: range.startOffset }],
      groups: [{ group: 0, ranges: [range] }],
      lagOffsets: '0',
      ...(this.#spec.steps.deduplicate ? { readVersion: (await this.table.refresh())?.version ?? 0 } : {}),
    };
    const group = await transformGroup(
      {
        spec: this.#spec,
        plan,
        group: { group: 0, ranges: [range] },
        tableRoot: this.root,
        deadLetterRoot: this.#spec.deadLetter.path,
        scratchFolder: this.#newScratchFolder(),
        memoryBytes,
      },
      new AbortController().signal,
      { openReader: () => readerOf(records) },
    );
    return this.#commit({ spec: this.#spec, plan, groups: [group] });
  }

  /** Takes out the rows from an offset on, as a reset with `rows: discard` does. */
  async discardFrom(offset: number): Promise<void> {
    const state = await this.table.refresh();
    if (!state) throw new Error(`no table at ${this.root}`);
    const from = [{ partition: 0, offset: toOffset(offset) }];
    const columns = { partition: '_kafka_partition', offset: '_kafka_offset' };
    const { signal } = new AbortController();
    const actions = await discardActions(
      { table: this.table, state, columns, topic, from },
      (request) => discardInFiles({ ...request, scratchFolder: this.#newScratchFolder(), memoryBytes }, signal),
      signal,
    );
    const moves = [{ partition: 0, from: toOffset(this.#nextOffset), to: toOffset(offset) }];
    await this.table.commit({
      base: state,
      check: () => undefined,
      actions: () => [
        ...actions,
        { txn: { appId: appIdOf(this.name, { topic, topicId, partition: 0 }), version: toOffset(offset) } },
      ],
      commitInfo: describeCommit({ kind: 'reset', ...this.#lane, rows: 'discard', moves }),
    });
    this.#nextOffset = offset;
  }

  async optimize(clustering?: Clustering): Promise<void> {
    const { signal } = new AbortController();
    await optimizeTable({
      table: this.table,
      clustering,
      targetFileSizeBytes: 64 << 20,
      rewrite: (request) => rewriteFiles({ ...request, scratchFolder: this.#newScratchFolder(), memoryBytes }),
      signal,
    });
  }

  async #commit(request: CommitRequest): Promise<BatchSummary> {
    if (request.groups.some(({ findings }) => findings !== undefined)) throw new Error('the records have new fields');
    if (request.groups.some(({ deadLetterFiles }) => deadLetterFiles.kind !== 'none')) {
      await commitDeadLetters(this.#connections, request);
    }
    const outcome = await commitBatch(this.#connections, request);
    if (outcome.kind === 'committed') return outcome.summary;
    throw new Error(`not committed: ${outcome.reason}`);
  }

  get #lane() {
    return { job: this.name, topic, topicId, epoch: 1 };
  }

  #specOf(document: JobDocument): JobSpec {
    const table = { ...(document['table'] as object | undefined), path: join(this.#folder, this.name) };
    const own = { name: this.name, source: { topics: [topic] }, table };
    const deadLetter = { path: join(this.#folder, `${this.name}_dlq`) };
    return parseInlineJob({ ...document, ...own, deadLetter }, { env: {}, workingFolder: this.#folder });
  }

  #newScratchFolder(): string {
    return join(this.#folder, `.scratch-${this.name}-${String(this.#attempts++)}`);
  }
}
