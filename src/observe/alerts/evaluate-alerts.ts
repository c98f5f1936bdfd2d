import type { AlertCondition, AlertSpec, AlertState } from '../../model/job/alert.ts';
import type { Readings } from './read-lane.ts';

/** An alert that has begun to fire, or stopped, with the state that it has left or come to. */
export interface AlertChange {
  readonly alert: AlertSpec;
  readonly kind: 'firing' | 'resolved';
  /** Since when the condition has held. */
  readonly sinceMs: number;
}

export interface Evaluation {
  /** Of alerts that are not at rest. */
  readonly states: readonly AlertState[];
  readonly changes: readonly AlertChange[];
}

/**
 * Holds what was read of a lane against its alerts. An alert changes only by a reading that says so: what cannot be told
 * leaves it as it is.
 */
export function evaluateAlerts(
  alerts: readonly AlertSpec[],
  { topic, readings, nowMs }: { readonly topic: string; readonly readings: Readings; readonly nowMs: number },
  states: readonly AlertState[],
): Evaluation {
  const steps = alerts.map((alert) => {
    const state = states.find((known) => known.alert === alert.name && known.topic === topic);
    const reading = readings[alert.when.measure];
    const holds = reading === undefined ? undefined : isMet(alert.when, reading);
    const next = nextState(alert, state, holds, nowMs);
    return { state: next && { alert: alert.name, topic, ...next }, change: changeOf(alert, state, next) };
  });
  return {
    states: steps.flatMap(({ state }) => state ?? []),
    changes: steps.flatMap(({ change }) => change ?? []),
  };
}

type Standing = Pick<AlertState, 'kind' | 'sinceMs'>;

function nextState(
  { forMs, cooldownMs }: AlertSpec,
  state: Standing | undefined,
  holds: boolean | undefined,
  nowMs: number,
): Standing | undefined {
  const isCooling = state?.kind === 'resolved' && nowMs - state.sinceMs < cooldownMs;
  if (holds === undefined || isCooling) return state;
  if (!holds) return state?.kind === 'firing' && cooldownMs > 0 ? { kind: 'resolved', sinceMs: nowMs } : undefined;
  if (state?.kind === 'firing') return state;
  const sinceMs = state?.kind === 'pending' ? state.sinceMs : nowMs;
  return { kind: nowMs - sinceMs >= forMs ? 'firing' : 'pending', sinceMs };
}

function changeOf(
  alert: AlertSpec,
  before: Standing | undefined,
  after: Standing | undefined,
): AlertChange | undefined {
  const [was, is] = [before?.kind === 'firing', after?.kind === 'firing'];
  if (was && before && !is) return { alert, kind: 'resolved', sinceMs: before.sinceMs };
  return is && after && !was ? { alert, kind: 'firing', sinceMs: after.sinceMs } : undefined;
}

function isMet({ comparison, threshold }: AlertCondition, reading: number): boolean {
  switch (comparison) {
    case '>':
      return reading > threshold;
    case '>=':
      return reading >= threshold;
    case '<':
      return reading < threshold;
    case '<=':
      return reading <= threshold;
  }
}
