import { basename } from 'node:path';
import { expect } from 'vitest';
import { commitBatch } from '../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../src/ingest/commit/commit-dead-letters.ts';
import { Connections, type TableHandle } from '../../src/ingest/connections.ts';
import type { LaneContext } from '../../src/ingest/lane/lane-context.ts';
import { openLane } from '../../src/ingest/lane/open-lane.ts';
import { commitOutput, type OutputContext } from '../../src/ingest/outputs/commit-output.ts';
import { pollLane } from '../../src/ingest/plan/poll-lane.ts';
import { resetLane } from '../../src/ingest/lane/reset-lane.ts';
import { settleSchema } from '../../src/ingest/schema/settle-schema.ts';
import type { TransformPool } from '../../src/ingest/transform-pool.ts';
import { runQuery } from '../../src/lake/query/query.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import type { BatchSummary, LanePosition } from '../../src/model/batch/batch.ts';
import { pathForTopic, type JobSpec } from '../../src/model/job/job-spec.ts';
import type {
  CommitRequest,
  DeadLetterOutcome,
  OutputOutcome,
  PollOutcome,
} from '../../src/model/requests/lane-requests.ts';
import { withLaneSchema } from '../../src/model/batch/lane-schema.ts';
import type { ResetRequest } from '../../src/model/requests/reset-request.ts';
import { verifyJob } from '../../src/verify/verify-job.ts';
import type { VerifyReport } from '../../src/verify/verify-report.ts';

/** A lane of a job with outputs whose steps a test takes one by one, so that it can leave some out as a crash would. */
export class SteppedLane implements AsyncDisposable {
  readonly spec: JobSpec;
  readonly topic: string;
  readonly connections = new Connections({ env: {}, readParquetRows });
  readonly #transforms: TransformPool;
  readonly #signal = new AbortController().signal;
  readonly opener = crypto.randomUUID();

  /** The engine processes are left running for other lanes. */
  constructor(spec: JobSpec, topic: string, transforms: TransformPool) {
    this.spec = spec;
    this.topic = topic;
    this.#transforms = transforms;
  }

  get context(): LaneContext {
    const { connections, spec } = this;
    const discardInFiles: LaneContext['discardInFiles'] = (request, signal) =>
      this.#transforms.discard(request, signal);
    return { connections, spec, signal: this.#signal, discardInFiles };
  }

  open(previous?: LanePosition): Promise<LanePosition> {
    const { spec, topic } = this;
    return openLane(this.context, {
      spec,
      topic,
      opener: this.opener,
      ...(previous === undefined ? {} : { previous }),
    });
  }

  reset(request: ResetRequest): Promise<LanePosition> {
    const { spec, topic, opener } = this;
    return resetLane(this.context, { spec, topic, request, opener, resetId: crypto.randomUUID() });
  }

  poll(lane: LanePosition, spec = this.spec): Promise<PollOutcome> {
    return pollLane(this.connections, { spec, lane, notBeforeMs: 0 }, { engines: 2, signal: this.#signal });
  }

  /** Plans a batch of what is there and transforms it; nothing is committed. */
  async stage(lane: LanePosition): Promise<CommitRequest> {
    const polled = await this.poll(lane);
    if (polled.kind !== 'planned') throw new Error(`nothing was planned: ${JSON.stringify(polled)}`);
    const { plan } = polled;
    for (let { schema } = lane; ;) {
      const spec = withLaneSchema(this.spec, schema);
      const groups = await Promise.all(
        plan.groups.map((group) => this.#transforms.transform({ spec, plan, group }, this.#signal)),
      );
      const findings = groups.flatMap((group) => group.findings ?? []);
      if (findings.length === 0) return { spec, plan, groups };
      schema = await settleSchema(this.connections, { spec, topic: this.topic, findings });
    }
  }

  commitDeadLetters(staged: CommitRequest): Promise<DeadLetterOutcome> {
    return commitDeadLetters(this.connections, staged);
  }

  /** What the activity does for each of the outputs; `afterMerge` comes between an output's rows and their commit. */
  commitOutputs(staged: CommitRequest, afterMerge?: () => Promise<void>): Promise<OutputOutcome[]> {
    const outputs = staged.plan.outputs ?? [];
    return Promise.all(outputs.map(({ name }) => this.commitOutput(staged, name, afterMerge)));
  }

  commitOutput(
    { spec, plan, groups }: CommitRequest,
    output: string,
    afterMerge: () => Promise<void> = () => Promise.resolve(),
  ): Promise<OutputOutcome> {
    const merge: OutputContext['merge'] = async (input, signal) => {
      const merged = await this.#transforms.mergeOutput(input, signal);
      await afterMerge();
      return merged;
    };
    const parts = groups.flatMap((group) => group.outputs?.filter(({ name }) => name === output) ?? []);
    const context = { connections: this.connections, merge, signal: this.#signal };
    return commitOutput(context, { spec, plan, output, parts });
  }

  async commitRows(staged: CommitRequest): Promise<BatchSummary> {
    const outcome = await commitBatch(this.connections, staged);
    if (outcome.kind !== 'committed') throw new Error(`nothing was committed: ${outcome.reason}`);
    return outcome.summary;
  }

  /** Opens the lane anew, and ingests what is there as one batch. */
  async ingest(): Promise<void> {
    const staged = await this.stage(await this.open());
    await this.commitDeadLetters(staged);
    await this.commitOutputs(staged);
    await this.commitRows(staged);
  }

  /** SQL over the lake's tables, which are visible by the names of their folders. */
  async query(sql: string): Promise<readonly (readonly unknown[])[]> {
    const lake = this.outputFolder();
    return runQuery(sql, { lake }, async ({ blocks }) => {
      const rows: (readonly unknown[])[] = [];
      for await (const block of blocks) rows.push(...block);
      return rows;
    });
  }

  /** The table of the first output. */
  get outputTable(): TableHandle {
    return this.connections.table(pathForTopic(this.spec.outputs?.[0]?.path ?? '', this.topic));
  }

  /** The name of the job's table in `query`. */
  get rowsName(): string {
    return basename(pathForTopic(this.spec.table.path, this.topic));
  }

  verify(): Promise<VerifyReport> {
    return verifyJob({ spec: this.spec });
  }

  /** Fails unless the job's table is what Kafka has, and every output what the rows of that table make. */
  async expectProven(): Promise<void> {
    const { differences, topics } = await this.verify();
    expect(differences).toEqual([]);
    for (const { outputs } of topics) {
      for (const output of outputs) expect(output).toMatchObject({ verdict: 'same', notes: [] });
    }
  }

  outputFolder(): string {
    const { path = '' } = this.spec.outputs?.[0] ?? {};
    return pathForTopic(path, this.topic).replace(/\/[^/]*$/, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connections.close();
  }
}
