import type { JobSpec } from '../../model/job/job-spec.ts';
import type { LaneLag } from '../../model/requests/lane-lag.ts';
import type { LaneLabels } from './batch-metrics.ts';
import { LagClock } from './lag-clock.ts';
import type { Metrics } from './metrics.ts';

export interface LaneWatchOptions {
  readonly metrics: Metrics;
  readonly measure: (spec: JobSpec, topic: string) => Promise<LaneLag>;
  /** Milliseconds between two looks at a lane. */
  readonly intervalMs?: number;
  /** For how long a lane is looked at that nothing of is done here any more; longer than any wait between two attempts. */
  readonly keepMs?: number;
}

interface WatchedLane {
  readonly labels: LaneLabels;
  readonly clock: LagClock;
  spec: JobSpec;
  activities: number;
  leftAtMs: number;
  partitions: readonly number[];
}

/** Lanes that are looked at at the same time: those share requests to Kafka. */
const atATime = 32;

/**
 * Keeps the lag of the lanes that this process works on up to date: also while a lane is idle, in a long batch, or stuck.
 * It is measured, not remembered, so that workers which share a lane say the same.
 */
export class LaneWatch {
  readonly #options: Required<LaneWatchOptions>;
  readonly #lanes = new Map<string, WatchedLane>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: LaneWatchOptions) {
    this.#options = { intervalMs: 5000, keepMs: 120_000, ...options };
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look(Date.now()).finally(() => (this.#looking = undefined));
    }, this.#options.intervalMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Something is done for a lane; call what is returned when it is over. */
  enter(spec: JobSpec, topic: string): () => void {
    const labels = { job: spec.name, topic };
    const key = JSON.stringify(labels);
    const known = this.#lanes.get(key);
    const lane = known ?? { labels, clock: new LagClock(), spec, activities: 0, leftAtMs: 0, partitions: [] };
    if (!known) this.#lanes.set(key, lane);
    lane.spec = spec;
    lane.activities += 1;
    return () => {
      lane.activities -= 1;
      lane.leftAtMs = Date.now();
    };
  }

  /** Looks at every lane once. */
  async look(nowMs: number): Promise<void> {
    for (const [key, lane] of this.#lanes) {
      if (lane.activities > 0 || nowMs - lane.leftAtMs < this.#options.keepMs) continue;
      this.#lanes.delete(key);
      this.#forget(lane);
    }
    const waiting = [...this.#lanes.values()];
    const lookAtSome = async (): Promise<void> => {
      for (let lane = waiting.pop(); lane; lane = waiting.pop()) await this.#measure(lane);
    };
    await Promise.all(Array.from({ length: atATime }, lookAtSome));
  }

  async #measure(lane: WatchedLane): Promise<void> {
    const { metrics, measure } = this.#options;
    const { labels } = lane;
    let lag: LaneLag;
    try {
      lag = await measure(lane.spec, labels.topic);
    } catch {
      // What was measured last stays, and so does the time of it. Activities meet the same outage, and tell of it.
      return;
    }
    const nowMs = Date.now();
    const gone = lane.partitions.filter((partition) => !lag.some((found) => found.partition === partition));
    this.#forgetPartitions(labels, gone);
    lane.partitions = lag.map(({ partition }) => partition);
    for (const { partition, storedOffset, endOffset } of lag) {
      // Under another isolation level, or before an open Kafka transaction was aborted, more may have been read.
      const offsets = Math.max(0, Number(BigInt(endOffset) - BigInt(storedOffset)));
      metrics.set('kafka_bronze_lag_offsets', { ...labels, partition: String(partition) }, offsets);
    }
    metrics.set('kafka_bronze_lag_seconds', labels, lane.clock.look(lag, nowMs) / 1000);
    metrics.set('kafka_bronze_lag_measured_timestamp_seconds', labels, nowMs / 1000);
  }

  #forget({ labels, partitions }: WatchedLane): void {
    this.#forgetPartitions(labels, partitions);
    this.#options.metrics.forget('kafka_bronze_lag_seconds', labels);
  }

  #forgetPartitions(labels: LaneLabels, partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#options.metrics.forget('kafka_bronze_lag_offsets', { ...labels, partition: String(partition) });
    }
  }
}
