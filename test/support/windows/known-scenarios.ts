import { closing, reading, type Scenario } from './scenario.ts';

const tumbling = { kind: 'tumbling', sizeMs: 10_000 } as const;

/** 5 s comes on time, 6 s long after 100 s has: is it late? */
const overtaken = [reading(5000), reading(100_000), reading(6000, { value: 2 })];

/**
 * The same three readings, in one batch and in two. Spark's watermark moves between batches: what is late for it depends
 * on where they were cut.
 */
export const oneBatch: Scenario = {
  name: 'a reading that is overtaken within its batch',
  shape: tumbling,
  delayMs: 10_000,
  mode: 'update',
  partitions: 1,
  batches: [overtaken],
  restarts: [],
};

export const twoBatches: Scenario = {
  ...oneBatch,
  name: 'a reading that is overtaken before its batch',
  batches: [overtaken.slice(0, 2), overtaken.slice(2)],
};

/** One topic partition is far ahead of the other. Spark has one watermark for all of them: that of the newest event. */
export const slowPartition: Scenario = {
  ...oneBatch,
  name: 'a topic partition that is behind',
  partitions: 2,
  batches: [
    [reading(100_000, { partition: 0, id: 'fast' }), reading(1000, { partition: 1 })],
    [reading(2000, { partition: 1 })],
  ],
};

/**
 * A session [0 s, 15 s) of a gap of 10 s, and a watermark of 20 s. Spark gives it out at once; a reading of 12 s would not be
 * late for it, but begin another session.
 */
export const endedSession: Scenario = {
  name: 'a session that has ended, and could still grow',
  shape: { kind: 'session', gapMs: 10_000 },
  delayMs: 0,
  mode: 'append',
  partitions: 1,
  batches: [[reading(0), reading(5000)], [reading(20_000, { id: 'b' })], [reading(12_000)], closing(1, 600_000)],
  restarts: [],
};
