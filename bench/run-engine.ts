import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformGroup } from '../src/ingest/transform/transform-group.ts';
import type { FetchedBatch } from '../src/kafka/kafka-reader.ts';
import type { TransformedGroup } from '../src/model/batch/batch.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { PlanFacts } from '../src/model/requests/lane-requests.ts';
import type { OffsetRange } from '../src/model/batch/offset-range.ts';

export interface EngineRun {
  readonly spec: (lake: string) => JobSpec;
  readonly plan: PlanFacts;
  readonly range: OffsetRange;
  readonly batches: (range: OffsetRange) => AsyncGenerator<FetchedBatch, void, undefined>;
  readonly memoryBytes: number;
}

export interface EngineFigures {
  readonly result: TransformedGroup;
  readonly seconds: number;
  /** User and system time of this process: other load on the machine does not lengthen it much. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Runs records through a job's pipeline in this process, down to Parquet files, without Kafka and without a commit. */
export async function runEngine({ spec, plan, range, batches, memoryBytes }: EngineRun): Promise<EngineFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'bronze-bench-'));
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  try {
    const job = spec(folder);
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const result = await transformGroup(
      {
        spec: job,
        plan,
        group: { group: 0, ranges: [range] },
        tableRoot: job.table.path,
        deadLetterRoot: job.deadLetter.path,
        scratchFolder: join(folder, 'scratch'),
        memoryBytes,
      },
      new AbortController().signal,
      { openReader: () => ({ readRanges: () => batches(range), close: () => Promise.resolve() }) },
    );
    const { user, system } = process.cpuUsage(cpu);
    return {
      result,
      seconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakBytes,
    };
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}
