import { describe, expect, test } from 'vitest';
import type { LedgerNote } from '../../../src/lake/notes/note-ledger.ts';
import { joinBatchNotes } from '../../../src/maintain/join-batch-notes.ts';
import type { RangeCounts } from '../../../src/model/batch/batch.ts';
import type { BatchNote, ResetNote } from '../../../src/model/table/commit-note.ts';
import { toOffset } from '../../../src/model/batch/offset-range.ts';

const origin = { job: 'rides', topic: 'trips', topicId: 'id', epoch: 1 };

function range(partition: number, start: number, end: number, duplicates = 0): RangeCounts {
  const drops = duplicates === 0 ? {} : { duplicate: duplicates };
  return {
    partition,
    startOffset: toOffset(start),
    endOffset: toOffset(end),
    rows: end - start - duplicates,
    deadLetters: 0,
    drops,
  };
}

function batch(version: number, ranges: readonly RangeCounts[], more: Partial<BatchNote> = {}): LedgerNote {
  return { version, note: { kind: 'batch', ...origin, batch: version, ranges, ...more } satisfies BatchNote };
}

describe('notes of batches that follow one another', () => {
  test('become one, with all ranges, counts, drops and failures', () => {
    const drops = (path: string) => ({ dropped: [{ kind: 'listed', path }] }) as const;
    const joined = joinBatchNotes([
      batch(1, [range(0, 0, 10, 2)], { ...drops('a'), ruleFailures: { drop: { odd: 2 } } }),
      batch(2, [range(0, 10, 15), range(1, 0, 3)]),
      batch(3, [range(1, 3, 9, 1)], { ...drops('b'), ruleFailures: { drop: { odd: 1 } } }),
    ]);
    expect(joined).toEqual([
      batch(3, [range(0, 0, 15, 2), range(1, 0, 9, 1)], {
        dropped: [...drops('a').dropped, ...drops('b').dropped],
        ruleFailures: { drop: { odd: 3 } },
      }),
    ]);
  });

  test('of several lanes become one each', () => {
    const other = { topic: 'payments' };
    const joined = joinBatchNotes([
      batch(1, [range(0, 0, 10)]),
      batch(2, [range(0, 0, 4)], other),
      batch(3, [range(0, 10, 20)]),
      batch(4, [range(0, 4, 8)], other),
    ]);
    expect(joined).toEqual([batch(3, [range(0, 0, 20)]), batch(4, [range(0, 0, 8)], other)]);
  });

  const reset: LedgerNote = {
    version: 2,
    note: { kind: 'reset', ...origin, rows: 'keep', moves: [] } satisfies ResetNote,
  };
  test.for<readonly [string, readonly LedgerNote[]]>([
    ['a reset in between', [batch(1, [range(0, 0, 10)]), reset, batch(3, [range(0, 10, 20)])]],
    [
      'a note that cannot be read in between',
      [batch(1, [range(0, 0, 10)]), { version: 2, note: { kind: 'of a later release' } }, batch(3, [range(0, 10, 20)])],
    ],
    ['a gap', [batch(1, [range(0, 0, 10)]), batch(2, [range(0, 12, 20)])]],
    ['another epoch', [batch(1, [range(0, 0, 10)]), batch(2, [range(0, 10, 20)], { epoch: 2 })]],
    ['another incarnation of the topic', [batch(1, [range(0, 0, 10)]), batch(2, [range(0, 10, 20)], { topicId: 'b' })]],
  ])('with %s stay as they are', ([, notes]) => {
    expect(joinBatchNotes(notes)).toEqual(notes);
  });
});
