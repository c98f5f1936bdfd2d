import { describe, expect, test } from 'vitest';
import { noReplayCounts } from '../../../src/model/requests/replay-requests.ts';
import { decideChunk, decidedLetters, replayedSets } from '../../../src/replay/decide-chunk.ts';
import type { ChosenLetter } from '../../../src/replay/read-chunk.ts';
import type { Fate } from '../../../src/replay/try-letters.ts';

const letter = (partition: number, offset: number, batch = 1, code = 'CAST_FAILED'): ChosenLetter => ({
  ...{ partition, offset: BigInt(offset), batch, code, timestampMs: 1n, timestampType: 'CreateTime' },
  ...{ key: null, value: null, headers: [] },
});

const row: Fate = { kind: 'row' };
const fails: Fate = { kind: 'deadLetter', code: 'INVALID_JSON' };

describe('of a chunk', () => {
  const letters = [letter(0, 1), letter(0, 2), letter(0, 3, 1, 'EXTRA_FIELDS'), letter(1, 2), letter(1, 9, 2)];
  const fates: readonly Fate[] = [row, fails, row, { kind: 'dropped' }, row];
  const before = { sent: { CAST_FAILED: 2 }, kept: {}, dropped: 1 };

  test('what would be rows is sent, and the rest counted by what it would be', () => {
    const decision = decideChunk({ topic: 't', letters }, fates, { before, limit: undefined });
    expect(decision.letters).toEqual([letters[0], letters[2], letters[4]]);
    expect(decision.counts).toEqual({
      sent: { CAST_FAILED: 4, EXTRA_FIELDS: 1 },
      kept: { INVALID_JSON: 1 },
      dropped: 2,
    });
  });

  test('what comes after the last one within the limit is neither sent nor counted', () => {
    const decision = decideChunk({ topic: 't', letters }, fates, { before, limit: 3 });
    expect(decision.letters).toEqual([letters[0]]);
    expect(decision.counts).toEqual({ sent: { CAST_FAILED: 3 }, kept: {}, dropped: 1 });
  });

  test('all is sent where nothing was tried', () => {
    const { counts } = decideChunk({ topic: 't', letters }, [], { before: noReplayCounts, limit: undefined });
    expect(counts.sent).toEqual({ CAST_FAILED: 4, EXTRA_FIELDS: 1 });
  });
});

test('what was decided is found again in the chunk, by topic partition, batch and offset', () => {
  const letters = [letter(0, 1), letter(0, 2), letter(0, 2, 3), letter(0, 7, 3), letter(1, 2)];
  const sent = replayedSets([letters[0]!, letters[1]!, letters[3]!]);
  expect(sent).toEqual([
    { partition: 0, batch: 1, offsets: '1x2' },
    { partition: 0, batch: 3, offsets: '7' },
  ]);
  const decision = { job: 'j', topic: 't', decidedAt: '', sent, counts: { sent: {}, kept: {}, dropped: 0 } };
  expect(decidedLetters({ topic: 't', letters }, decision)).toEqual([letters[0], letters[1], letters[3]]);
});
