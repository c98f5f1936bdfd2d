/** How much an alert matters; receivers decide by it whom to wake. */
export const alertLevels = ['info', 'warning', 'error', 'critical'] as const;

export type AlertLevel = (typeof alertLevels)[number];

/** In what a measure is compared. Durations are milliseconds, shares between 0 and 1; a flag is 1 or 0. */
export type MeasureUnit = 'duration' | 'share' | 'count' | 'flag';

/** What can be told of a lane, for conditions of alerts. `meaning` is for docs/monitoring.md, too. */
export const alertMeasures = {
  batchDuration: { unit: 'duration', meaning: 'From the plan of the last batch to its commit.' },
  deadLetterRatio: {
    unit: 'share',
    meaning: 'Dead letters among the records of the batches that were committed since the last look.',
  },
  rowsPerSecond: { unit: 'count', meaning: 'Rows that were committed, over the last minute or a little more.' },
  lag: { unit: 'count', meaning: 'Offsets of the topic that are not committed yet.' },
  lagTime: {
    unit: 'duration',
    meaning: 'For how long the oldest uncommitted offset has been there, as far as was seen.',
  },
  noDataFor: { unit: 'duration', meaning: 'Since the last commit; before the first one, since the job was started.' },
  failedAttempts: {
    unit: 'count',
    meaning: 'Attempts, one after the other, at what the lane is doing now that have failed; 0 once it has worked.',
  },
  failedCommits: {
    unit: 'count',
    meaning: 'The same of commits alone: dead letters, outputs, and rows with their offsets.',
  },
  laneFailed: { unit: 'flag', meaning: 'A defect has stopped the lane: it waits for a person.' },
} as const satisfies Readonly<Record<string, { readonly unit: MeasureUnit; readonly meaning: string }>>;

export type AlertMeasure = keyof typeof alertMeasures;

export const comparisons = ['>=', '<=', '>', '<'] as const;

export interface AlertCondition {
  readonly measure: AlertMeasure;
  readonly comparison: (typeof comparisons)[number];
  readonly threshold: number;
  /** As it is written in the job's file. */
  readonly text: string;
}

/** Who is told besides the log. Both are `${VAR}` references, resolved where the message is sent. */
export type AlertReceiver = { readonly webhook: string } | { readonly pagerDuty: string };

export interface AlertSpec {
  readonly name: string;
  readonly when: AlertCondition;
  readonly level: AlertLevel;
  /** What to do about it. */
  readonly action?: string;
  /** The condition must have held for so long. */
  readonly forMs: number;
  /** After it has resolved it does not fire again for so long. */
  readonly cooldownMs: number;
  readonly notify: readonly AlertReceiver[];
}

/** How an alert stands for one lane. `pending`: the condition holds, but not for long enough. */
export interface AlertState {
  readonly alert: string;
  readonly topic: string;
  readonly kind: 'pending' | 'firing' | 'resolved';
  readonly sinceMs: number;
}

/** An alert has begun to fire, or has stopped. */
export interface AlertEvent {
  readonly job: string;
  readonly topic: string;
  readonly alert: string;
  readonly level: AlertLevel;
  readonly kind: 'firing' | 'resolved';
  readonly condition: string;
  /** What was measured, with its unit; absent where the job ended first. */
  readonly measured?: string;
  readonly action?: string;
  /** Since when the condition has held; of a resolved one, too. */
  readonly sinceMs: number;
  readonly atMs: number;
}
