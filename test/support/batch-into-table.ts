import { join } from 'node:path';
import { commitBatch } from '../../src/ingest/commit/commit-batch.ts';
import { Connections, type TableHandle } from '../../src/ingest/connections.ts';
import { newTableOf } from '../../src/ingest/lane/create-table.ts';
import { fileRequirementsOf } from '../../src/ingest/plan/file-requirements.ts';
import { transformGroup } from '../../src/ingest/transform/transform-group.ts';
import { appIdOf, epochAppIdOf } from '../../src/model/table/app-id.ts';
import type { BatchPlan } from '../../src/model/batch/batch.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import type { CommitOutcome, CommitRequest } from '../../src/model/requests/lane-requests.ts';
import type { StructField } from '../../src/model/table/table-schema.ts';
import { toOffset } from '../../src/model/batch/offset-range.ts';
import { readerOf } from '../../src/trial/given-records.ts';
import { batchPlan, jobSpec, kafkaRecord, type SpecParts } from './run-pipeline.ts';
import { scratchFolder } from './scratch-folder.ts';

const topicPartition = { topic: 'events', topicId: 'an-id', partition: 0 };

/** A job that makes these columns of JSON; partitioned by the column `p`, where there is one. */
export function jsonJob(
  path: string,
  columns: readonly StructField[],
  properties: Readonly<Record<string, string>> = {},
): JobSpec {
  const parts: SpecParts = {
    parse: { format: 'json', schema: columns, onCastFailure: 'reject' },
    partitionBy: columns.some(({ name }) => name === 'p') ? ['p'] : [],
    schemaEvolution: 'addColumns',
  };
  const spec = jobSpec(parts, path);
  return { ...spec, table: { ...spec.table, properties } };
}

/** The first batch of a lane into a table that others may have made, through the pipeline and the log, without Kafka. */
export class BatchIntoTable {
  readonly table: TableHandle;
  readonly #connections = new Connections({ env: {} });
  readonly #spec: JobSpec;

  constructor(spec: JobSpec) {
    this.#spec = spec;
    this.table = this.#connections.table(spec.table.path);
  }

  /** Opens the lane, and makes the table where there is none. */
  async open(): Promise<void> {
    const base = await this.table.refresh();
    await this.table.commit({
      base,
      check: () => undefined,
      actions: () => [
        ...(base ? [] : newTableOf(this.#spec)),
        { txn: { appId: epochAppIdOf(this.#spec.name, 'events'), version: '1' } },
        { txn: { appId: appIdOf(this.#spec.name, topicPartition), version: '0' } },
      ],
      commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {} },
    });
  }

  async stage(values: readonly unknown[]): Promise<CommitRequest> {
    const records = values.map((value, offset) => kafkaRecord({ value: JSON.stringify(value) }, offset));
    const range = { ...topicPartition, startOffset: toOffset(0), endOffset: toOffset(records.length) };
    const state = await this.table.refresh();
    const fileRequirements = fileRequirementsOf(state, this.#spec, this.table.store.root);
    const plan: BatchPlan = {
      ...batchPlan(range),
      batch: 0,
      ...(this.#spec.steps.deduplicate && state ? { readVersion: state.version } : {}),
      ...(fileRequirements ? { fileRequirements } : {}),
    };
    const group = await transformGroup(
      {
        spec: this.#spec,
        plan,
        group: { group: 0, ranges: [range] },
        tableRoot: this.#spec.table.path,
        deadLetterRoot: this.#spec.deadLetter.path,
        scratchFolder: join(await scratchFolder(), 'attempt'),
        memoryBytes: 256 << 20,
      },
      new AbortController().signal,
      { openReader: () => readerOf(records) },
    );
    return { spec: this.#spec, plan, groups: [group] };
  }

  commit(request: CommitRequest): Promise<CommitOutcome> {
    return commitBatch(this.#connections, request);
  }
}
