import { describe, expect, it } from 'vitest';
import { renderJobCommits } from '../../../../src/cli/output/print-job-commits.ts';
import type { JobCommit } from '../../../../src/lake/notes/job-commits.ts';
import type { BatchNote, CommitNote } from '../../../../src/model/table/commit-note.ts';

const origin = { job: 'rides', topicId: 'id', epoch: 1 };

function commit(version: number, note: CommitNote, metrics: JobCommit['metrics'] = {}): JobCommit {
  return { table: `lake/${note.topic}`, version, timestampMs: Date.UTC(2026, 10, 20, 10, 49, 48), note, metrics };
}

function batch(topic: string, number: number, facts: Partial<BatchNote> = {}): CommitNote {
  const ranges = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (partition) =>
      ({ partition, startOffset: '99089', endOffset: '126000', rows: 26_911, deadLetters: 0, drops: {} }) as const,
  );
  return { kind: 'batch', ...origin, topic, batch: number, ranges, ...facts };
}

const dropping = {
  ranges: [
    {
      partition: 0,
      startOffset: '0',
      endOffset: '20',
      rows: 9,
      deadLetters: 1,
      drops: { failedRule: 3, duplicate: 7 },
    },
  ],
  ruleFailures: { drop: { ts: 3 } },
} as const;
const metrics = { numOutputRows: '212720', numDeadLetters: '860', durationMs: '1432' };

describe('the commits of a job', () => {
  it('fit 80 columns, also where they are not cut', () => {
    const commits = [commit(54, batch('rider_profiles', 54), metrics), commit(53, batch('driver_status', 5), metrics)];
    expect(renderJobCommits(commits, { offsets: false, maxWidth: 0 }).split('\n')).toEqual([
      'time                  topic           version     rows  dead   took  what',
      '2026-11-20 10:49:48Z  rider_profiles       54  212,720   860  1.4 s  batch 54',
      '2026-11-20 10:49:48Z  driver_status        53  212,720   860  1.4 s  batch 5',
    ]);
  });

  it('do not repeat the topic where there is one, and say what a batch dropped and which rules failed', () => {
    const commits = [
      commit(2, batch('events', 0, dropping), { ...metrics, numDuplicatesInTable: '2' }),
      commit(1, { kind: 'deadLettersClaimed', ...origin, topic: 'events' }),
    ];
    expect(renderJobCommits(commits, { offsets: false, maxWidth: 0 }).split('\n')).toEqual([
      'time                  version     rows  dead   took  what',
      '2026-11-20 10:49:48Z        2  212,720   860  1.4 s  batch 0; dropped 3 failedRule, 7 duplicate (2 in the table); failed ts 3 (drop)',
      '2026-11-20 10:49:48Z        1                        first dead letters announced, epoch 1',
    ]);
  });

  it('keep their times, topics and counts whole on a narrow terminal', () => {
    const commits = [commit(54, batch('rider_profiles', 54, dropping), metrics), commit(53, batch('b', 5), metrics)];
    expect(renderJobCommits(commits, { offsets: true, maxWidth: 80 }).split('\n')).toEqual([
      'time                  topic           version     rows  dead   took  what',
      '2026-11-20 10:49:48Z  rider_profiles       54  212,720   860  1.4 s  batch 54: …',
      '2026-11-20 10:49:48Z  b                    53  212,720   860  1.4 s  batch 5: 0…',
    ]);
  });

  it('have the offsets of their topic partitions where these are asked for', () => {
    const moves = [{ partition: 0, from: '101', to: '10' }] as const;
    const commits = [
      commit(3, { kind: 'reset', ...origin, topic: 'events', rows: 'keep', moves }),
      commit(2, batch('events', 0, dropping)),
    ];
    const text = renderJobCommits(commits, { offsets: true, maxWidth: 0 });
    expect(text).toContain('reset, rows keep: 0 101 → 10');
    expect(text).toContain('batch 0: 0[0, 20); dropped');
  });
});
