import { describe, expect, test } from 'vitest';
import { noTotals, type LaneProgress } from '../../src/model/requests/job-progress.ts';
import { toOffset } from '../../src/model/batch/offset-range.ts';
import { boundedProgress } from '../../workflows/bounded-progress.ts';
import { jobDetails } from '../../workflows/details.ts';
import { carriedProgress, progressFrom } from '../../workflows/lane-continuation.ts';

/** A lane of which the last batch took something of each topic partition. */
function laneOf(topic: string, { partitions = 1, lag = 0 } = {}): LaneProgress {
  const lagOffsets = toOffset(BigInt(lag));
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return {
    topic,
    table: `/lake/${topic}`,
    state: 'running',
    positions: all.map((partition) => ({ partition, offset: '1234567890' })),
    totals: noTotals,
    lagOffsets,
    lastBatch: {
      ...{ topic, batch: 7, version: 8, rows: 9, deadLetters: 0, drops: {}, deadLettersByCode: {} },
      ...{ inputBytes: 1, outputBytes: 1, files: 1, durationMs: 1, committedAtMs: 1, lagOffsets },
      ranges: all.map((partition) => ({
        ...{ partition, startOffset: '1234567880', endOffset: '1234567890' },
        ...{ rows: 10, deadLetters: 0, drops: {} },
      })),
    },
  };
}

const bytesOf = (value: unknown): number => JSON.stringify(value).length;
const limitBytes = 2 * 1024 * 1024;

describe('a job of 1,000 topics with 20 partitions each', () => {
  const lanes = Array.from({ length: 1000 }, (_, index) => laneOf(`topic_${String(index)}`, { partitions: 20 }));

  test('answers within what Temporal transports, with all positions', () => {
    const answer = boundedProgress(lanes);
    expect(bytesOf(lanes)).toBeGreaterThan(limitBytes);
    expect(bytesOf(answer)).toBeLessThan(limitBytes);
    expect(answer.map(({ positions }) => positions.length)).toEqual(lanes.map(() => 20));
    expect(answer[0]?.lastBatch).toMatchObject({ batch: 7, rows: 9, ranges: [] });
  });

  test('hands its positions on once, and shows them again in the next run', () => {
    const carried = lanes.map((lane) => {
      const { topic, positions } = lane;
      const position = { topic, topicId: 'jPMVJpQJQ0-GPbcKrFaRpg', epoch: 3, nextBatch: 8, positions };
      return { topic, position, progress: carriedProgress(lane), pendingResets: [] };
    });
    expect(bytesOf(carried)).toBeLessThan(limitBytes);
    expect(carried.map((lane) => progressFrom(lane).positions)).toEqual(lanes.map(({ positions }) => positions));
  });
});

describe('the details of a job', () => {
  test('show all lanes with the ranges of their batches while they are few', () => {
    const lanes = [laneOf('a', { partitions: 3 }), laneOf('b')];
    expect(boundedProgress(lanes)).toBe(lanes);
    expect(jobDetails({ job: 'few', state: 'running', lanes }).match(/^\| [ab] \|/gm)).toHaveLength(2);
  });

  test('show of many lanes those that failed and those that lag most', () => {
    const lanes = Array.from({ length: 300 }, (_, index) => laneOf(`t${String(index)}`, { lag: index }));
    const failed = { ...laneOf('stopped'), error: { code: 'LANE_FENCED', message: 'another run' } } as const;
    const rows = jobDetails({ job: 'many', state: 'running', lanes: [...lanes, failed] })
      .split('\n')
      .slice(4);
    expect(rows[0]).toContain('stopped');
    expect(rows[1]).toContain('| t299 |');
    expect(rows[199]).toContain('| t101 |');
    expect(rows[200]).toContain('and 101 more');
    expect(rows).toHaveLength(201);
  });
});
