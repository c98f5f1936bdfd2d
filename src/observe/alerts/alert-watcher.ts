import {
  alertMeasures,
  type AlertEvent,
  type AlertMeasure,
  type AlertSpec,
  type AlertState,
} from '../../model/job/alert.ts';
import type {
  AlertMemory,
  JobLook,
  LaneMemory,
  WatchAlertsOutcome,
  WatchAlertsRequest,
} from '../../model/requests/alert-requests.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { LaneProgress } from '../../model/requests/job-progress.ts';
import type { LaneLag } from '../../model/requests/lane-lag.ts';
import { LagClock } from '../metrics/lag-clock.ts';
import { evaluateAlerts, type AlertChange } from './evaluate-alerts.ts';
import { readLane, type LaneLook, type Readings } from './read-lane.ts';

const commitActivities: ReadonlySet<string> = new Set(['routeDeadLetters', 'commitOutput', 'commitDeltaLog']);

/** Looks at a job again and again, and tells which of its alerts have begun to fire or have stopped. */
export class AlertWatcher {
  readonly #spec: JobSpec;
  readonly #workflowId: string;
  readonly #clocks = new Map<string, LagClock>();
  #memory: AlertMemory;

  constructor({ spec, workflowId, memory }: Pick<WatchAlertsRequest, 'spec' | 'workflowId' | 'memory'>) {
    this.#spec = spec;
    this.#workflowId = workflowId;
    this.#memory = memory;
  }

  get memory(): AlertMemory {
    return this.#memory;
  }

  /** Does any alert ask for it? It is dearer than the rest. */
  get wantsLag(): boolean {
    return this.#alerts.some(({ when: { measure } }) => measure === 'lag' || measure === 'lagTime');
  }

  /** `lags` by topic; without those that could not be measured. */
  look(job: JobLook, lags: ReadonlyMap<string, LaneLag>, nowMs: number): WatchAlertsOutcome {
    const lanes: LaneMemory[] = [];
    const states: AlertState[] = [];
    const events: AlertEvent[] = [];
    for (const lane of job.progress.lanes) {
      const { topic } = lane;
      const found = this.#lookOf(lane, job, lags.get(topic), nowMs);
      const { readings, memory } = readLane(
        found,
        this.#memory.lanes.find((known) => known.topic === topic),
      );
      const evaluation = evaluateAlerts(this.#alerts, { topic, readings, nowMs }, this.#memory.states);
      lanes.push(memory);
      states.push(...evaluation.states);
      events.push(...evaluation.changes.map((change) => this.#eventOf(change, { found, readings })));
    }
    this.#memory = { ...this.#memory, lanes, states };
    switch (job.state) {
      case 'running':
        return { kind: 'watched', memory: this.#memory, events };
      case 'failed':
        return { kind: 'ended', memory: this.#memory, events };
      case 'ended':
        return this.end(nowMs, events);
    }
  }

  /** The job is over, and so is what was wrong with it. */
  end(nowMs: number, before: readonly AlertEvent[] = []): WatchAlertsOutcome {
    const resolved = this.#memory.states.flatMap(({ alert: name, topic, kind, sinceMs }): AlertEvent[] => {
      const alert = this.#alerts.find((known) => known.name === name);
      if (!alert || kind !== 'firing') return [];
      return [{ ...this.#eventBase(alert, topic), kind: 'resolved', sinceMs, atMs: nowMs }];
    });
    this.#memory = { ...this.#memory, states: [] };
    return { kind: 'ended', memory: this.#memory, events: [...before, ...resolved] };
  }

  get #alerts(): readonly AlertSpec[] {
    return this.#spec.alerts ?? [];
  }

  #lookOf(lane: LaneProgress, { retrying }: JobLook, lag: LaneLag | undefined, nowMs: number): LaneLook {
    const isStarting = lane.state === 'opening' || lane.state === 'resetting';
    // What the job itself waits for cannot be told apart by lane.
    const own = retrying.filter(
      ({ workflowId, code }) =>
        code !== 'WORKER_STOPPING' &&
        (workflowId.startsWith(`${this.#spec.name}/${lane.topic}/`) || (isStarting && workflowId === this.#workflowId)),
    );
    const commits = own.filter(({ activity }) => commitActivities.has(activity));
    return {
      ...{ lane, nowMs, beganAtMs: this.#memory.beganAtMs },
      failedAttempts: mostFailed(own),
      failedCommits: mostFailed(commits),
      ...(lag && { lag: { offsets: offsetsOf(lag), waitingMs: this.#clockOf(lane.topic).look(lag, nowMs) } }),
    };
  }

  #clockOf(topic: string): LagClock {
    const known = this.#clocks.get(topic);
    if (known) return known;
    const clock = new LagClock(this.#memory.lanes.find((lane) => lane.topic === topic)?.lagSinceMs);
    this.#clocks.set(topic, clock);
    return clock;
  }

  #eventOf(
    { alert, kind, sinceMs }: AlertChange,
    { found, readings }: { readonly found: LaneLook; readonly readings: Readings },
  ): AlertEvent {
    const { measure } = alert.when;
    const { error } = found.lane;
    const measured =
      measure === 'laneFailed' ? error && `[${error.code}] ${error.message}` : measuredText(measure, readings[measure]);
    return {
      ...this.#eventBase(alert, found.lane.topic),
      ...{ kind, sinceMs, atMs: found.nowMs },
      ...(measured === undefined ? {} : { measured }),
    };
  }

  #eventBase({ name, level, when, action }: AlertSpec, topic: string): Omit<AlertEvent, 'kind' | 'sinceMs' | 'atMs'> {
    return {
      ...{ job: this.#spec.name, topic, alert: name, level, condition: when.text },
      ...(action === undefined ? {} : { action }),
    };
  }
}

function mostFailed(retrying: readonly { readonly attempt: number }[]): number {
  return Math.max(0, ...retrying.map(({ attempt }) => attempt - 1));
}

function offsetsOf(lag: LaneLag): number {
  return lag.reduce((sum, { storedOffset, endOffset }) => {
    return sum + Math.max(0, Number(BigInt(endOffset) - BigInt(storedOffset)));
  }, 0);
}

/** For people. */
function measuredText(measure: AlertMeasure, reading: number | undefined): string | undefined {
  if (reading === undefined) return undefined;
  const { unit } = alertMeasures[measure];
  switch (unit) {
    case 'duration':
      return `${rounded(reading / 1000)} s`;
    case 'share':
      return `${rounded(reading * 100)}%`;
    case 'count':
    case 'flag':
      return rounded(reading);
  }
}

function rounded(value: number): string {
  return String(Number(value.toFixed(2)));
}
