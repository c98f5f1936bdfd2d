import { expect } from 'vitest';
import { commitBatch } from '../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../src/ingest/commit/commit-dead-letters.ts';
import { Connections } from '../../src/ingest/connections.ts';
import type { DiscardRequest } from '../../src/ingest/discard/discard-request.ts';
import { openLane } from '../../src/ingest/lane/open-lane.ts';
import { commitOutput } from '../../src/ingest/outputs/commit-output.ts';
import { pollLane } from '../../src/ingest/plan/poll-lane.ts';
import { createTransformPool, type TransformPool } from '../../src/ingest/transform-pool.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import type { CommitRequest } from '../../src/model/requests/lane-requests.ts';
import { test } from '../support/job-fixture.ts';
import { expectOutputsOfRows, readings, readingsJob } from '../support/readings-job.ts';

class Crash extends Error {}

/** A process that runs a lane, until it crashes: what it knows is gone then, and what it has stored is there. */
class LaneProcess {
  readonly #spec: JobSpec;
  readonly #topic: string;
  readonly #transforms: TransformPool;
  readonly #connections = new Connections({ env: {}, readParquetRows });
  readonly #signal = new AbortController().signal;

  constructor(spec: JobSpec, topic: string, transforms: TransformPool) {
    this.#spec = spec;
    this.#topic = topic;
    this.#transforms = transforms;
  }

  /** Opens the lane in a new epoch, plans a batch and stages it. */
  async stage(): Promise<CommitRequest> {
    const spec = this.#spec;
    const context = {
      connections: this.#connections,
      spec,
      signal: this.#signal,
      discardInFiles: (given: DiscardRequest) => this.#transforms.discard(given, this.#signal),
    };
    const lane = await openLane(context, { spec, topic: this.#topic });
    const polled = await pollLane(
      this.#connections,
      { spec, lane, notBeforeMs: 0 },
      { engines: 2, signal: this.#signal },
    );
    if (polled.kind !== 'planned') throw new Error(`nothing to ingest: ${polled.kind}`);
    const { plan } = polled;
    const { job, topic, batch, epoch, plannedAtMs, outputs } = plan;
    const facts = { job, topic, batch, epoch, plannedAtMs, ...(outputs === undefined ? {} : { outputs }) };
    const groups = await Promise.all(
      plan.groups.map((group) => this.#transforms.transform({ spec, plan: facts, group }, this.#signal)),
    );
    return { spec, plan, groups };
  }

  /** What there is to do with a staged batch, in the order in which the workflow does it. */
  stepsOf(request: CommitRequest): readonly Step[] {
    const { spec, plan, groups } = request;
    const output = (name: string, merge = this.#transforms.mergeOutput): Promise<unknown> => {
      const parts = groups.flatMap((group) => group.outputs?.filter((part) => part.name === name) ?? []);
      return commitOutput(
        { connections: this.#connections, merge, signal: this.#signal },
        { spec, plan, output: name, parts },
      );
    };
    const outputs = (spec.outputs ?? []).flatMap(({ name }): Step[] => [
      {
        name: `files of ${name} are written, and not committed`,
        isCrash: true,
        run: () =>
          output(name, async (...merging) => {
            await this.#transforms.mergeOutput(...merging);
            throw new Crash();
          }).catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          }),
      },
      { name: `${name} is committed`, run: () => output(name) },
    ]);
    return [
      { name: 'the batch is staged', run: () => Promise.resolve() },
      { name: 'dead letters are committed', run: () => commitDeadLetters(this.#connections, request) },
      ...outputs,
      { name: 'the rows are committed', run: () => commitBatch(this.#connections, request) },
    ];
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }
}

interface Step {
  readonly name: string;
  /** It ends in a crash, and is left out where there is to be none. */
  readonly isCrash?: true;
  readonly run: () => Promise<unknown>;
}

/** Its epoch is over, or what it had staged was swept when the next one began. */
const fencedOff = /^(LANE_FENCED|STAGED_FILE_MISSING)$/;
const partitions = 2;
const perRound = 400;

test('a crash after any step of a batch loses, doubles and miscounts nothing in any output', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic({ partitions });
  const job = await createJob({ topics: [topic.name], document: readingsJob(lakeFolder) });
  const { spec } = job;
  const transforms = createTransformPool({ size: 2, memoryBytes: 256 * 1024 * 1024 });
  const run = async (request: CommitRequest, process: LaneProcess): Promise<void> => {
    for (const step of process.stepsOf(request)) if (step.isCrash !== true) await step.run();
  };
  try {
    let sent = 0;
    for (let crashAfter = 0, isLast = false; !isLast; crashAfter += 1) {
      await topic.send(...readings(perRound, sent, partitions));
      sent += perRound;
      const crashing = new LaneProcess(spec, topic.name, transforms);
      const request = await crashing.stage();
      const steps = crashing.stepsOf(request);
      for (const step of steps.slice(0, crashAfter + 1)) await step.run();
      isLast = crashAfter === steps.length - 1;

      // What comes next sees more records than the batch that crashed.
      await topic.send(...readings(perRound, sent, partitions));
      sent += perRound;
      const next = new LaneProcess(spec, topic.name, transforms);
      const rest = await next.stage();
      // An activity of the crashed run that still runs somewhere: it is fenced, or finds its work done.
      for (const step of steps) {
        const ended = await step.run().catch((error: unknown) => error);
        if (ended !== undefined)
          expect(ended, step.name).toMatchObject({ code: expect.stringMatching(fencedOff) as string });
      }
      await run(rest, next);
      // Every step is asked for once more: its answer was lost.
      await run(rest, next);
      await expectOutputsOfRows(lakeFolder);
      await Promise.all([crashing.close(), next.close()]);
    }
    expect(sent).toBeGreaterThan(8 * perRound);
    await job.expectVerified(sent);
  } finally {
    await transforms.close();
  }
}, 600_000);
